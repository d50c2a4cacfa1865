"""Toxiproxy's HTTP API, status codes and error bodies included."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from mock_upstream.config.json_body import read_json, read_json_object
from mock_upstream.config.toml import build
from mock_upstream.toxiproxy.bodies import BAD_BODY, PopulateBody, ProxyBody, ToxicBody
from mock_upstream.toxiproxy.proxies import Proxies

R = TypeVar("R")
B = TypeVar("B", bound=BaseModel)
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
            web.post("/reset", self._reset),
            web.post("/populate", self._populate),
            web.get("/proxies", self._index),
            web.post("/proxies", self._create),
            web.get("/proxies/{proxy}", self._show),
            web.post("/proxies/{proxy}", self._update),
            web.patch("/proxies/{proxy}", self._update),
            web.delete("/proxies/{proxy}", self._delete),
            web.get("/proxies/{proxy}/toxics", self._toxics),
            web.post("/proxies/{proxy}/toxics", self._add_toxic),
            web.get("/proxies/{proxy}/toxics/{toxic}", self._toxic),
            web.post("/proxies/{proxy}/toxics/{toxic}", self._update_toxic),
            web.patch("/proxies/{proxy}/toxics/{toxic}", self._update_toxic),
            web.delete("/proxies/{proxy}/toxics/{toxic}", self._remove_toxic),
        ]

    async def _version(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({"version": _VERSION})

    async def _reset(self, request: web.Request) -> web.Response:  # noqa: ARG002
        await self._on_data_plane(_now(self._proxies.reset))
        return web.Response(status=204)

    async def _populate(self, request: web.Request) -> web.Response:
        wanted = build(PopulateBody, {"proxies": read_json(await request.read(), BAD_BODY)}, BAD_BODY)
        made = await self._on_data_plane(self._proxies.populate(wanted.proxies))
        return web.json_response({"proxies": [proxy.as_json() for proxy in made]}, status=201)

    async def _index(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({name: proxy.as_json() for name, proxy in self._proxies.each().items()})

    async def _create(self, request: web.Request) -> web.Response:
        proxy = await self._on_data_plane(self._proxies.create(await _body(request, ProxyBody)))
        return web.json_response(proxy.as_json(), status=201)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._proxies.get(request.match_info["proxy"]).as_json())

    async def _update(self, request: web.Request) -> web.Response:
        wanted = await _body(request, ProxyBody)
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
        proxy, wanted = self._proxies.get(request.match_info["proxy"]), await _body(request, ToxicBody)
        toxic = await self._on_data_plane(_now(lambda: self._proxies.add_toxic(proxy, wanted)))
        return web.json_response(toxic.as_json())

    async def _toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxies.get(request.match_info["proxy"])
        return web.json_response(self._proxies.toxic(proxy, request.match_info["toxic"]).as_json())

    async def _update_toxic(self, request: web.Request) -> web.Response:
        proxy, wanted = self._proxies.get(request.match_info["proxy"]), await _body(request, ToxicBody)
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


async def _body(request: web.Request, kind: type[B]) -> B:
    return build(kind, read_json_object(await request.read(), BAD_BODY), BAD_BODY)
