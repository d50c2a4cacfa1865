"""All proxies of one upstream, and the rules for making and changing them; no HTTP here."""

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from mock_upstream.config.numbers import whole_number
from mock_upstream.config.toml import build
from mock_upstream.toxiproxy.bodies import BAD_BODY, ProxyBody, ToxicBody
from mock_upstream.toxiproxy.proxy import Proxy
from mock_upstream.toxiproxy.toxics import TOXICS, Toxic


class ToxiproxyError(Exception):
    """A rejected request: a status and a sentence."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status
        self.problem = problem


class Proxies:
    """Proxies by name; the regions' own exist from the start. Called on the data plane's loop."""

    def __init__(self, own: Mapping[str, Proxy], seed: int, loop: asyncio.AbstractEventLoop) -> None:
        """`own` are the proxies of the regions, by name."""
        self._seed = seed
        self._loop = loop
        self._all: dict[str, Proxy] = dict(own)

    def each(self) -> dict[str, Proxy]:
        """Return all proxies by name."""
        return dict(self._all)

    def get(self, name: str) -> Proxy:
        """Return a proxy. Raises ToxiproxyError 404."""
        if name not in self._all:
            raise ToxiproxyError(404, "proxy not found")
        return self._all[name]

    async def create(self, wanted: ProxyBody) -> Proxy:
        """Create a proxy and start it, unless `enabled` is false."""
        if not wanted.name:
            raise ToxiproxyError(400, "missing required field: name")
        if not wanted.upstream:
            raise ToxiproxyError(400, "missing required field: upstream")
        if wanted.name in self._all:
            raise ToxiproxyError(409, "proxy already exists")
        proxy = Proxy(wanted.name, _address(wanted.upstream), self._seed, self._loop)
        await self._open(proxy, wanted.listen or "127.0.0.1:0")
        self._all[proxy.name] = proxy
        if wanted.enabled is False:
            proxy.enable(False)
        return proxy

    async def update(self, name: str, wanted: ProxyBody) -> Proxy:
        """Change `enabled`, `upstream` and `listen`; the latter two close open connections."""
        proxy = self.get(name)
        listen, upstream = wanted.listen or proxy.listen, wanted.upstream
        if upstream is not None and _address(upstream) != proxy.upstream:
            self._not_own(proxy)
            proxy.upstream = _address(upstream)
            proxy.hang_up()
        if listen != proxy.listen and _address(listen)[1] != 0:
            self._not_own(proxy)
            proxy.close()
            await self._open(proxy, listen)
        if wanted.enabled is not None:
            proxy.enable(wanted.enabled)
        return proxy

    def delete(self, name: str) -> None:
        """Stop a proxy and remove it. A region's proxy stays, without toxics and enabled."""
        proxy = self.get(name)
        if proxy.own:
            _restore(proxy)
            return
        proxy.close()
        del self._all[name]

    async def populate(self, wanted: Sequence[ProxyBody]) -> list[Proxy]:
        """Create the missing proxies, and replace those that differ."""
        made: list[Proxy] = []
        for each in wanted:
            known = self._all.get(each.name or "")
            same = known is not None and known.listen == (each.listen or known.listen)
            if known is not None and same and known.upstream == _address(each.upstream or ""):
                made.append(known)
                continue
            if known is not None:
                self._not_own(known)
                self.delete(known.name)
            made.append(await self.create(each))
        return made

    def reset(self) -> None:
        """Enable all proxies, and remove all toxics."""
        for proxy in self._all.values():
            _restore(proxy)

    def close(self) -> None:
        """Stop every proxy that is not a region's own."""
        for proxy in self._all.values():
            if not proxy.own:
                proxy.close()

    def add_toxic(self, proxy: Proxy, wanted: ToxicBody) -> Toxic:
        """Add a toxic to a proxy."""
        stream, kind = wanted.stream or "downstream", wanted.type
        if stream not in ("upstream", "downstream"):
            raise ToxiproxyError(400, "stream was invalid, can be either upstream or downstream")
        if kind not in TOXICS:
            raise ToxiproxyError(400, "invalid toxic type")
        name = wanted.name or f"{kind}_{stream}"
        if any(toxic.name == name for toxic in proxy.toxics):
            raise ToxiproxyError(409, "toxic already exists")
        toxic = _toxic(name, stream, kind, wanted, {}, 1.0)
        proxy.add(toxic)
        return toxic

    def toxic(self, proxy: Proxy, name: str) -> Toxic:
        """Return a toxic of a proxy. Raises ToxiproxyError 404."""
        for toxic in proxy.toxics:
            if toxic.name == name:
                return toxic
        raise ToxiproxyError(404, "toxic not found")

    def update_toxic(self, proxy: Proxy, name: str, wanted: ToxicBody) -> Toxic:
        """Change a toxic's attributes and toxicity; others are not changed."""
        old = self.toxic(proxy, name)
        attributes = old.attributes
        new = _toxic(name, old.stream, attributes.type_name, wanted, attributes.model_dump(), old.toxicity)
        proxy.replace(old, new)
        return new

    async def _open(self, proxy: Proxy, listen: str) -> None:
        try:
            await proxy.open(*_address(listen))
        except OSError as error:
            raise ToxiproxyError(500, f"listen tcp {listen}: {error.strerror or error}") from None

    def _not_own(self, proxy: Proxy) -> None:
        if proxy.own:
            raise ToxiproxyError(
                400, f"{proxy.name} is a region of this upstream: it cannot be moved or deleted"
            )


def _restore(proxy: Proxy) -> None:
    """Enable the proxy, and remove all its toxics."""
    proxy.enable(True)
    for toxic in list(proxy.toxics):
        proxy.remove(toxic)


def _toxic(
    name: str, stream: str, kind: str, wanted: ToxicBody, known: Mapping[str, Any], toxicity: float
) -> Toxic:
    attributes = build(TOXICS[kind], {**known, **(wanted.attributes or {})}, BAD_BODY)
    return Toxic(name, stream, toxicity if wanted.toxicity is None else wanted.toxicity, attributes)


def _address(text: str) -> tuple[str, int]:
    """Return (host, port) of host:port on loopback; raise for anything else."""
    host, _, port_text = text.rpartition(":")
    host, port = host.strip("[]") or "127.0.0.1", whole_number(port_text)
    if port is None or port > 65535:
        raise ToxiproxyError(400, f"bad request body: {text[:60]} is not host:port")
    if host != "localhost" and not _is_loopback(host):
        raise ToxiproxyError(400, f"bad request body: {host[:60]} is not a loopback address")
    return host, port


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
