"""The upstream as a whole: from a profile to listeners, and the drain at the end."""

import asyncio
import contextlib
import resource
from functools import partial
from itertools import count

from mock_upstream.endpoints import httpbin, sample_apis
from mock_upstream.endpoints.router import Router
from mock_upstream.engine.connection import Connection
from mock_upstream.engine.region import Region
from mock_upstream.engine.region_control import RegionHandle
from mock_upstream.engine.send_batch import SendBatch
from mock_upstream.engine.worker_pool import WorkerPool
from mock_upstream.faults.active import ActiveFaults
from mock_upstream.faults.base import FaultRule
from mock_upstream.faults.timeline import Events, Timeline
from mock_upstream.faults.tls import TlsFault
from mock_upstream.net.certificates import Authority
from mock_upstream.net.listener import Listener
from mock_upstream.net.tls_handshake import TlsHandshake
from mock_upstream.profile import Profile, RegionSettings, Tls
from mock_upstream.telemetry.ledger import Ledger
from mock_upstream.telemetry.loop_lag import LoopLag
from mock_upstream.toxiproxy.proxy import Proxy

_SWEEP_S = 1.0


class Upstream:
    """One upstream process: all regions on one loop. Created inside the loop that runs it."""

    def __init__(self, profile: Profile, loop: asyncio.AbstractEventLoop) -> None:
        self.profile = profile
        self.loop = loop
        self.rules = ActiveFaults(profile.seed, fault_headers=profile.fault_headers)
        self.events = Events()
        self.timeline = Timeline(self.rules, self.events, loop, self._effect)
        self.ledger = Ledger(profile.limits.ledger_rows)
        self.loop_lag = LoopLag(loop)
        send_batch = SendBatch(loop)
        self.pool = WorkerPool(profile.capacity, loop, send_batch)
        router, numbers = Router([*httpbin.endpoints(), *sample_apis.endpoints()], profile.route), count(1)
        self.regions = [
            Region(
                profile,
                region,
                pool=WorkerPool(region.capacity, loop, send_batch) if region.capacity else self.pool,
                rules=self.rules,
                router=router,
                ledger=self.ledger,
                send_batch=send_batch,
                loop=loop,
                numbers=numbers,
            )
            for region in profile.regions()
        ]
        self._handshakes = count(1)
        self.urls: dict[str, str] = {}
        self.secure_urls: dict[str, str] = {}
        self.authority = Authority(profile.tls.host) if profile.tls else None
        self.listeners: list[tuple[Region, Listener]] = []
        self.own_proxies: dict[str, Proxy] = {}
        self._hidden: list[Listener] = []

    async def start(self, host: str, port: int, *, hold_timeline: bool = False) -> None:
        """Listen; the first region on `port` (0: any free one). OSError when an address is taken."""
        _allow_many_files()
        for index, region in enumerate(self.regions):
            await self._listen(region, host, port if index == 0 and port else region.settings.port)
            if self.profile.tls is not None and self.authority is not None:
                await self._listen_securely(region, host, self.profile.tls, self.authority)
        now = self.loop.time()
        for index, fault in enumerate(self.profile.fault):
            self.timeline.turn_on(fault, f"fault.{index}", now)
        for settings in self.profile.regions():
            self._turn_on_of(settings, now)
        if not hold_timeline:
            self.timeline.start(self.profile.timeline, now)
        self.loop_lag.start()
        self._sweep()

    async def drain(self, grace_s: float = 5.0) -> None:
        """Accept no more connections, let the requests in progress end, then stop."""
        for listener in [*(listener for _, listener in self.listeners), *self._hidden]:
            listener.close()
        for region in self.regions:
            region.draining = True
            for connection in list(region.connections):
                connection.finish()
        deadline = self.loop.time() + grace_s
        while any(region.connections for region in self.regions) and self.loop.time() < deadline:
            await asyncio.sleep(0.01)
        for region in self.regions:
            for connection in list(region.connections):
                connection.drop()
        self.loop_lag.stop()
        if self.authority is not None:
            self.authority.close()
        await asyncio.sleep(0)

    def addresses(self) -> dict[str, object]:
        """Return the listening addresses: `url` of the first region, and of each when there are several."""
        found: dict[str, object] = {"url": next(iter(self.urls.values()))}
        if len(self.urls) > 1:
            found["regions"] = dict(self.urls)
        if self.authority is not None:
            found["secure_url"] = next(iter(self.secure_urls.values()))
            if len(self.secure_urls) > 1:
                found["secure_regions"] = dict(self.secure_urls)
            found["ca"] = str(self.authority.path)
        return found

    def state(self) -> dict[str, object]:
        """Return the current state of the upstream; durations in seconds. Safe to call from any thread."""
        pools = {id(region.pool): region.pool for region in self.regions}.values()
        connections = [connection for region in self.regions for connection in list(region.connections)]
        quantiles = [region.delay_errors.quantiles() for region in self.regions]
        return {
            "queue_depth": sum(pool.workers.waiting for pool in pools),
            "busy_workers": sum(pool.workers.busy for pool in pools),
            "in_flight": sum(connection.exchange is not None for connection in connections),
            "connections": len(connections),
            "connections_opened": sum(region.opened for region in self.regions),
            "abandoned": sum(pool.abandoned for pool in pools),
            "overflowed": sum(region.overflowed for region in self.regions),
            "served": sum(region.served for region in self.regions),
            "faults_on": len(self.rules.active),
            "loop_lag_s": self.loop_lag.last_s,
            "loop_lag_worst_s": self.loop_lag.worst_s,
            "delay_error": max(quantiles, key=lambda each: each["n"]),
        }

    async def _listen(self, region: Region, host: str, port: int) -> None:
        """Listen for a region; while it has toxics, its clients are connected through its own proxy."""
        factory = partial(Connection, region, self.profile.limits)
        hidden = Listener(self.loop, factory)
        await hidden.open("127.0.0.1", 0)
        self._hidden.append(hidden)

        def accept() -> asyncio.Protocol:
            proxy = self.own_proxies[region.name]
            return proxy.accept() if proxy.toxics else factory()

        listener = Listener(self.loop, accept)
        await listener.open(host, port)
        self.listeners.append((region, listener))
        self.own_proxies[region.name] = self._own_proxy(region, listener, hidden)
        self.urls[region.name] = f"http://{_shown(listener.host)}:{listener.port}"

    def _own_proxy(self, region: Region, listener: Listener, hidden: Listener) -> Proxy:
        drop = partial(RegionHandle(region, [listener], self.loop).drop, region.name)
        inside = (hidden.host, hidden.port)
        proxy = Proxy(region.name, inside, self.profile.seed, self.loop, listener, drop)
        proxy.enabled = True
        return proxy

    async def _listen_securely(self, region: Region, host: str, tls: Tls, authority: Authority) -> None:
        handshake = TlsHandshake(authority, partial(self._tls_fault, region))
        listener = Listener(self.loop, partial(Connection, region, self.profile.limits), handshake)
        await listener.open(host, tls.port if region is self.regions[0] else 0)
        self.listeners.append((region, listener))
        self.secure_urls[region.name] = f"https://{tls.host}:{listener.port}"

    def _tls_fault(self, region: Region) -> TlsFault | None:
        number = next(self._handshakes)
        fault = self.rules.connection_decision(number, region.name, self.loop.time())
        return fault if isinstance(fault, TlsFault) else None

    def _turn_on_of(self, settings: RegionSettings, now: float) -> None:
        for index, fault in enumerate(settings.own_faults()):
            self.timeline.turn_on(fault, f"region.{settings.name}.{index}", now)

    def _effect(self, fault: FaultRule, on: bool) -> None:
        """Apply a fault of the upstream as a whole to each region that it names, or revert it."""
        for region in self.regions:
            if fault.region in ("*", region.name):
                sockets = [listener for owner, listener in self.listeners if owner is region]
                place = RegionHandle(region, sockets, self.loop)
                (fault.apply if on else fault.revert)(place)

    def _sweep(self) -> None:
        """Close connections that took too long; once a second, so that requests need no timer."""
        now = self.loop.time()
        for region in self.regions:
            for connection in list(region.connections):
                connection.check(now)
        self.loop.call_later(_SWEEP_S, self._sweep)


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
