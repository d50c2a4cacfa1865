"""The upstream as a whole: from a profile to listeners, and back to silence."""

import asyncio
import contextlib
import resource
from functools import partial
from itertools import count

from mock_upstream import httpbin, services
from mock_upstream.certificates import Authority
from mock_upstream.faults.rule import FaultRule
from mock_upstream.faults.tls import TlsFault
from mock_upstream.grounds import RegionGrounds
from mock_upstream.handshake import Handshake
from mock_upstream.heartbeat import Heartbeat
from mock_upstream.ledger import Ledger
from mock_upstream.listener import Listener
from mock_upstream.outbox import Outbox
from mock_upstream.pool import WorkerPool
from mock_upstream.profile import Profile, Region, Tls
from mock_upstream.router import Router
from mock_upstream.rules import Rules
from mock_upstream.service import Service
from mock_upstream.timeline import Events, Timeline
from mock_upstream.toxiproxy.proxy import Proxy
from mock_upstream.wire import Connection

_SWEEP_S = 1.0


class Upstream:
    """One upstream process: all regions on one loop. Made inside the loop that runs it."""

    def __init__(self, profile: Profile, loop: asyncio.AbstractEventLoop) -> None:
        self.profile = profile
        self.loop = loop
        self.rules = Rules(profile.seed, fault_headers=profile.fault_headers)
        self.events = Events()
        self.timeline = Timeline(self.rules, self.events, loop, self._effect)
        self.ledger = Ledger(profile.limits.ledger_rows)
        self.heartbeat = Heartbeat(loop)
        outbox = Outbox(loop)
        self.pool = WorkerPool(profile.capacity, loop, outbox)
        router, numbers = Router([*httpbin.endpoints(), *services.endpoints()], profile.route), count(1)
        self.services = [
            Service(
                profile,
                region,
                pool=WorkerPool(region.capacity, loop, outbox) if region.capacity else self.pool,
                rules=self.rules,
                router=router,
                ledger=self.ledger,
                outbox=outbox,
                loop=loop,
                numbers=numbers,
            )
            for region in profile.regions()
        ]
        self._handshakes = count(1)
        self.urls: dict[str, str] = {}
        self.secure_urls: dict[str, str] = {}
        self.authority = Authority(profile.tls.host) if profile.tls else None
        self.listeners: list[tuple[Service, Listener]] = []
        self.own_proxies: dict[str, Proxy] = {}
        self._hidden: list[Listener] = []

    async def start(self, host: str, port: int, *, hold_timeline: bool = False) -> None:
        """Listen; the first region on `port` (0: any free one). OSError when an address is taken."""
        _allow_many_files()
        for index, service in enumerate(self.services):
            await self._listen(service, host, port if index == 0 and port else service.place.port)
            if self.profile.tls is not None and self.authority is not None:
                await self._listen_securely(service, host, self.profile.tls, self.authority)
        now = self.loop.time()
        for index, fault in enumerate(self.profile.fault):
            self.timeline.turn_on(fault, f"fault.{index}", now)
        for region in self.profile.regions():
            self._turn_on_of(region, now)
        if not hold_timeline:
            self.timeline.start(self.profile.timeline, now)
        self.heartbeat.start()
        self._sweep()

    async def drain(self, grace_s: float = 5.0) -> None:
        """Take no more connections, let the requests that are here end, then leave."""
        for listener in [*(listener for _, listener in self.listeners), *self._hidden]:
            listener.close()
        for service in self.services:
            service.draining = True
            for connection in list(service.connections):
                connection.finish()
        deadline = self.loop.time() + grace_s
        while any(service.connections for service in self.services) and self.loop.time() < deadline:
            await asyncio.sleep(0.01)
        for service in self.services:
            for connection in list(service.connections):
                connection.drop()
        self.heartbeat.stop()
        if self.authority is not None:
            self.authority.close()
        await asyncio.sleep(0)

    def addresses(self) -> dict[str, object]:
        """Return where it listens: `url` of the first region, and of each when there are several."""
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
        """Return how the upstream is right now; durations in seconds. Safe to call from any thread."""
        pools = {id(service.pool): service.pool for service in self.services}.values()
        connections = [connection for service in self.services for connection in list(service.connections)]
        quantiles = [service.delay_errors.quantiles() for service in self.services]
        return {
            "queue_depth": sum(pool.workers.waiting for pool in pools),
            "busy_workers": sum(pool.workers.busy for pool in pools),
            "in_flight": sum(connection.exchange is not None for connection in connections),
            "connections": len(connections),
            "connections_opened": sum(service.opened for service in self.services),
            "abandoned": sum(pool.abandoned for pool in pools),
            "overflowed": sum(service.overflowed for service in self.services),
            "served": sum(service.served for service in self.services),
            "faults_on": len(self.rules.armed),
            "loop_lag_s": self.heartbeat.last_s,
            "loop_lag_worst_s": self.heartbeat.worst_s,
            "delay_error": max(quantiles, key=lambda each: each["n"]),
        }

    async def _listen(self, service: Service, host: str, port: int) -> None:
        """Listen for a region; while it has toxics, its clients reach it through its own proxy."""
        factory = partial(Connection, service, self.profile.limits)
        hidden = Listener(self.loop, factory)
        await hidden.open("127.0.0.1", 0)
        self._hidden.append(hidden)

        def welcome() -> asyncio.Protocol:
            proxy = self.own_proxies[service.region]
            return proxy.welcome() if proxy.toxics else factory()

        listener = Listener(self.loop, welcome)
        await listener.open(host, port)
        self.listeners.append((service, listener))
        self.own_proxies[service.region] = self._own_proxy(service, listener, hidden)
        self.urls[service.region] = f"http://{_shown(listener.host)}:{listener.port}"

    def _own_proxy(self, service: Service, listener: Listener, hidden: Listener) -> Proxy:
        drop = partial(RegionGrounds(service, [listener], self.loop).drop, service.region)
        inside = (hidden.host, hidden.port)
        proxy = Proxy(service.region, inside, self.profile.seed, self.loop, listener, drop)
        proxy.enabled = True
        return proxy

    async def _listen_securely(self, service: Service, host: str, tls: Tls, authority: Authority) -> None:
        handshake = Handshake(authority, partial(self._tls_fault, service))
        listener = Listener(self.loop, partial(Connection, service, self.profile.limits), handshake)
        await listener.open(host, tls.port if service is self.services[0] else 0)
        self.listeners.append((service, listener))
        self.secure_urls[service.region] = f"https://{tls.host}:{listener.port}"

    def _tls_fault(self, service: Service) -> TlsFault | None:
        number = next(self._handshakes)
        fault = self.rules.fate_of_connection(number, service.region, self.loop.time())
        return fault if isinstance(fault, TlsFault) else None

    def _turn_on_of(self, region: Region, now: float) -> None:
        for index, fault in enumerate(region.own_faults()):
            self.timeline.turn_on(fault, f"region.{region.name}.{index}", now)

    def _effect(self, fault: FaultRule, on: bool) -> None:
        """Let a fault do to each region it means what it does to an upstream as a whole."""
        for service in self.services:
            if fault.region in ("*", service.region):
                doors = [listener for owner, listener in self.listeners if owner is service]
                place = RegionGrounds(service, doors, self.loop)
                (fault.strike if on else fault.lift)(place)

    def _sweep(self) -> None:
        """Close connections that took too long; once a second, so that no request pays for a timer."""
        now = self.loop.time()
        for service in self.services:
            for connection in list(service.connections):
                connection.check(now)
        self.loop.call_later(_SWEEP_S, self._sweep)


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
