"""All proxies of one upstream, and the rules for making and changing them; no HTTP here."""

import asyncio
import ipaddress
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

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

    async def create(self, wanted: Mapping[str, Any]) -> Proxy:
        """Create a proxy from Toxiproxy's JSON and start it, unless `enabled` is false."""
        for field in ("name", "upstream"):
            if not isinstance(wanted.get(field), str) or not wanted[field]:
                raise ToxiproxyError(400, f"missing required field: {field}")
        if wanted["name"] in self._all:
            raise ToxiproxyError(409, "proxy already exists")
        proxy = Proxy(wanted["name"], _address(wanted["upstream"]), self._seed, self._loop)
        await self._open(proxy, str(wanted.get("listen") or "127.0.0.1:0"))
        self._all[proxy.name] = proxy
        if wanted.get("enabled") is False:
            proxy.enable(False)
        return proxy

    async def update(self, name: str, wanted: Mapping[str, Any]) -> Proxy:
        """Change `enabled`, `upstream` and `listen`; the latter two close open connections."""
        proxy = self.get(name)
        listen, upstream = wanted.get("listen", proxy.listen), wanted.get("upstream")
        if upstream is not None and _address(upstream) != proxy.upstream:
            self._not_own(proxy)
            proxy.upstream = _address(upstream)
            proxy.hang_up()
        if listen != proxy.listen and _address(listen)[1] != 0:
            self._not_own(proxy)
            proxy.close()
            await self._open(proxy, listen)
        if isinstance(wanted.get("enabled"), bool):
            proxy.enable(wanted["enabled"])
        return proxy

    def delete(self, name: str) -> None:
        """Stop a proxy and remove it."""
        proxy = self.get(name)
        self._not_own(proxy)
        proxy.close()
        del self._all[name]

    async def populate(self, wanted: list[Mapping[str, Any]]) -> list[Proxy]:
        """Create the missing proxies, and replace those that differ."""
        made: list[Proxy] = []
        for each in wanted:
            known = self._all.get(str(each.get("name")))
            same = known is not None and known.listen == each.get("listen", known.listen)
            if known is not None and same and known.upstream == _address(str(each.get("upstream"))):
                made.append(known)
                continue
            if known is not None:
                self.delete(known.name)
            made.append(await self.create(each))
        return made

    def reset(self) -> None:
        """Enable all proxies, and remove all toxics."""
        for proxy in self._all.values():
            proxy.enable(True)
            for toxic in list(proxy.toxics):
                proxy.remove(toxic)

    def close(self) -> None:
        """Stop every proxy that is not a region's own."""
        for proxy in self._all.values():
            if not proxy.own:
                proxy.close()

    def add_toxic(self, proxy: Proxy, wanted: Mapping[str, Any]) -> Toxic:
        """Add a toxic from Toxiproxy's JSON to a proxy."""
        stream = wanted.get("stream") or "downstream"
        if stream not in ("upstream", "downstream"):
            raise ToxiproxyError(400, "stream was invalid, can be either upstream or downstream")
        kind = wanted.get("type")
        if kind not in TOXICS:
            raise ToxiproxyError(400, "invalid toxic type")
        name = str(wanted.get("name") or f"{kind}_{stream}")
        if any(toxic.name == name for toxic in proxy.toxics):
            raise ToxiproxyError(409, "toxic already exists")
        toxic = _toxic(name, stream, str(kind), wanted, {}, 1.0)
        proxy.add(toxic)
        return toxic

    def toxic(self, proxy: Proxy, name: str) -> Toxic:
        """Return a toxic of a proxy. Raises ToxiproxyError 404."""
        for toxic in proxy.toxics:
            if toxic.name == name:
                return toxic
        raise ToxiproxyError(404, "toxic not found")

    def update_toxic(self, proxy: Proxy, name: str, wanted: Mapping[str, Any]) -> Toxic:
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


def _toxic(
    name: str, stream: str, kind: str, wanted: Mapping[str, Any], known: Mapping[str, Any], toxicity: float
) -> Toxic:
    attributes, share = wanted.get("attributes") or {}, wanted.get("toxicity", toxicity)
    if not isinstance(attributes, Mapping) or isinstance(share, bool) or not isinstance(share, int | float):
        raise ToxiproxyError(400, "bad request body: attributes must be an object, toxicity a number")
    try:
        return Toxic(name, stream, float(share), TOXICS[kind].model_validate({**known, **attributes}))
    except ValidationError as error:
        first = error.errors()[0]
        raise ToxiproxyError(
            400, f"bad request body: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from None


def _address(text: str) -> tuple[str, int]:
    """Return (host, port) of host:port on loopback; raise for anything else."""
    host, _, port = str(text).rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or int(port) > 65535:
        raise ToxiproxyError(400, f"bad request body: {text} is not host:port")
    if host != "localhost" and not _is_loopback(host):
        raise ToxiproxyError(400, f"bad request body: {host} is not a loopback address")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
