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
    """Routes for an admin app; the proxies belong to `loop`, the data plane's, and are only used there."""

    def __init__(self, proxies: Proxies, loop: asyncio.AbstractEventLoop) -> None:
        self._proxies = proxies
        self._loop = loop

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/version", self._version),
            web.post("/reset", _with_error_body(self._reset)),
            web.post("/populate", _with_error_body(self._populate)),
            web.get("/proxies", _with_error_body(self._index)),
            web.post("/proxies", _with_error_body(self._create)),
            web.get("/proxies/{proxy}", _with_error_body(self._show)),
            web.post("/proxies/{proxy}", _with_error_body(self._update)),
            web.patch("/proxies/{proxy}", _with_error_body(self._update)),
            web.delete("/proxies/{proxy}", _with_error_body(self._delete)),
            web.get("/proxies/{proxy}/toxics", _with_error_body(self._toxics)),
            web.post("/proxies/{proxy}/toxics", _with_error_body(self._add_toxic)),
            web.get("/proxies/{proxy}/toxics/{toxic}", _with_error_body(self._toxic)),
            web.post("/proxies/{proxy}/toxics/{toxic}", _with_error_body(self._update_toxic)),
            web.patch("/proxies/{proxy}/toxics/{toxic}", _with_error_body(self._update_toxic)),
            web.delete("/proxies/{proxy}/toxics/{toxic}", _with_error_body(self._remove_toxic)),
        ]

    async def _version(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({"version": _VERSION})

    async def _reset(self, request: web.Request) -> web.Response:  # noqa: ARG002
        await self._on_data_plane(_now(self._proxies.reset))
        return web.Response(status=204)

    async def _populate(self, request: web.Request) -> web.Response:
        wanted = await _body(request, list)
        made = await self._on_data_plane(self._proxies.populate(wanted))
        return web.json_response({"proxies": [proxy.as_json() for proxy in made]}, status=201)

    async def _index(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({name: proxy.as_json() for name, proxy in self._proxies.each().items()})

    async def _create(self, request: web.Request) -> web.Response:
        proxy = await self._on_data_plane(self._proxies.create(await _body(request, dict)))
        return web.json_response(proxy.as_json(), status=201)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._proxies.get(request.match_info["proxy"]).as_json())

    async def _update(self, request: web.Request) -> web.Response:
        wanted = await _body(request, dict)
        proxy = await self._on_data_plane(self._proxies.update(request.match_info["proxy"], wanted))
        return web.json_response(proxy.as_json())

    async def _delete(self, request: web.Request) -> web.Response:
        name = request.match_info["proxy"]
        await self._on_data_plane(_now(lambda: self._proxies.delete(name)))
        return web.Response(status=204)

    async def _toxics(self, request: web.Request) -> web.Response:
        proxy = self._proxies.get(request.match_info["proxy"])
        return web.json_response([toxic.as_json() for toxic in proxy.toxics])

    async def _add_toxic(self, request: web.Request) -> web.Response:
        proxy, wanted = self._proxies.get(request.match_info["proxy"]), await _body(request, dict)
        toxic = await self._on_data_plane(_now(lambda: self._proxies.add_toxic(proxy, wanted)))
        return web.json_response(toxic.as_json())

    async def _toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxies.get(request.match_info["proxy"])
        return web.json_response(self._proxies.toxic(proxy, request.match_info["toxic"]).as_json())

    async def _update_toxic(self, request: web.Request) -> web.Response:
        proxy, wanted = self._proxies.get(request.match_info["proxy"]), await _body(request, dict)
        name = request.match_info["toxic"]
        toxic = await self._on_data_plane(_now(lambda: self._proxies.update_toxic(proxy, name, wanted)))
        return web.json_response(toxic.as_json())

    async def _remove_toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxies.get(request.match_info["proxy"])
        toxic = self._proxies.toxic(proxy, request.match_info["toxic"])
        await self._on_data_plane(_now(lambda: proxy.remove(toxic)))
        return web.Response(status=204)

    async def _on_data_plane(self, work: Coroutine[Any, Any, R]) -> R:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


async def _now(work: Callable[[], R]) -> R:
    return work()


def _with_error_body(handler: Handler) -> Handler:
    """Return the handler with errors in Toxiproxy's format."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ToxiproxyError as refusal:
            body = {"error": refusal.problem, "status": refusal.status}
            return web.json_response(body, status=refusal.status)

    return wrapped


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
