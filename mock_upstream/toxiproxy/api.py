"""Toxiproxy's HTTP API, status codes and error bodies included."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from aiohttp import web

from mock_upstream.toxiproxy.proxies import Proxies, ToxiproxyError

R = TypeVar("R")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_VERSION = "2.12.0"


class Api:
    """Routes for an admin app; the proxies live on `loop`, the data plane's, and are only touched there."""

    def __init__(self, proxies: Proxies, loop: asyncio.AbstractEventLoop) -> None:
        self._proxies = proxies
        self._loop = loop

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/version", self._version),
            web.post("/reset", _said(self._reset)),
            web.post("/populate", _said(self._populate)),
            web.get("/proxies", _said(self._index)),
            web.post("/proxies", _said(self._create)),
            web.get("/proxies/{proxy}", _said(self._show)),
            web.post("/proxies/{proxy}", _said(self._update)),
            web.patch("/proxies/{proxy}", _said(self._update)),
            web.delete("/proxies/{proxy}", _said(self._delete)),
            web.get("/proxies/{proxy}/toxics", _said(self._toxics)),
            web.post("/proxies/{proxy}/toxics", _said(self._add_toxic)),
            web.get("/proxies/{proxy}/toxics/{toxic}", _said(self._toxic)),
            web.post("/proxies/{proxy}/toxics/{toxic}", _said(self._update_toxic)),
            web.patch("/proxies/{proxy}/toxics/{toxic}", _said(self._update_toxic)),
            web.delete("/proxies/{proxy}/toxics/{toxic}", _said(self._remove_toxic)),
        ]

    async def _version(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({"version": _VERSION})

    async def _reset(self, request: web.Request) -> web.Response:  # noqa: ARG002
        await self._there(_now(self._proxies.reset))
        return web.Response(status=204)

    async def _populate(self, request: web.Request) -> web.Response:
        wanted = await _body(request, list)
        made = await self._there(self._proxies.populate(wanted))
        return web.json_response({"proxies": [proxy.told() for proxy in made]}, status=201)

    async def _index(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({name: proxy.told() for name, proxy in self._proxies.each().items()})

    async def _create(self, request: web.Request) -> web.Response:
        proxy = await self._there(self._proxies.create(await _body(request, dict)))
        return web.json_response(proxy.told(), status=201)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._proxies.get(request.match_info["proxy"]).told())

    async def _update(self, request: web.Request) -> web.Response:
        wanted = await _body(request, dict)
        proxy = await self._there(self._proxies.update(request.match_info["proxy"], wanted))
        return web.json_response(proxy.told())

    async def _delete(self, request: web.Request) -> web.Response:
        name = request.match_info["proxy"]
        await self._there(_now(lambda: self._proxies.delete(name)))
        return web.Response(status=204)

    async def _toxics(self, request: web.Request) -> web.Response:
        proxy = self._proxies.get(request.match_info["proxy"])
        return web.json_response([toxic.told() for toxic in proxy.toxics])

    async def _add_toxic(self, request: web.Request) -> web.Response:
        proxy, wanted = self._proxies.get(request.match_info["proxy"]), await _body(request, dict)
        toxic = await self._there(_now(lambda: self._proxies.add_toxic(proxy, wanted)))
        return web.json_response(toxic.told())

    async def _toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxies.get(request.match_info["proxy"])
        return web.json_response(self._proxies.toxic(proxy, request.match_info["toxic"]).told())

    async def _update_toxic(self, request: web.Request) -> web.Response:
        proxy, wanted = self._proxies.get(request.match_info["proxy"]), await _body(request, dict)
        name = request.match_info["toxic"]
        toxic = await self._there(_now(lambda: self._proxies.update_toxic(proxy, name, wanted)))
        return web.json_response(toxic.told())

    async def _remove_toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxies.get(request.match_info["proxy"])
        toxic = self._proxies.toxic(proxy, request.match_info["toxic"])
        await self._there(_now(lambda: proxy.remove(toxic)))
        return web.Response(status=204)

    async def _there(self, work: Coroutine[Any, Any, R]) -> R:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


async def _now(work: Callable[[], R]) -> R:
    return work()


def _said(handler: Handler) -> Handler:
    """Return the handler with refusals as Toxiproxy says them."""

    async def answering(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ToxiproxyError as refusal:
            body = {"error": refusal.problem, "status": refusal.status}
            return web.json_response(body, status=refusal.status)

    return answering


async def _body(request: web.Request, kind: type[R]) -> R:
    try:
        body = await request.json()
    except ValueError as error:
        raise ToxiproxyError(400, f"bad request body: {error}") from None
    if not isinstance(body, kind):
        raise ToxiproxyError(
            400, f"bad request body: it must be a JSON {'array' if kind is list else 'object'}"
        )
    return body
