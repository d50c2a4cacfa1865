"""The control API, on its own thread: it reads what the data plane wrote and never blocks it."""

import asyncio
import json
import threading
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from aiohttp import web

from mock_upstream.admin.access import AccessCheck, error_response
from mock_upstream.config.errors import ConfigError
from mock_upstream.config.json_body import read_json_object
from mock_upstream.config.numbers import finite_number, whole_number
from mock_upstream.config.toml import build
from mock_upstream.faults.active import ActiveFault
from mock_upstream.profile import Capacity, SingleFault
from mock_upstream.server import Upstream
from mock_upstream.telemetry.client_conformance import check_conformance
from mock_upstream.telemetry.exposition import exposition
from mock_upstream.telemetry.ledger import COLUMNS, Row
from mock_upstream.toxiproxy.api import Api
from mock_upstream.toxiproxy.proxies import Proxies

R = TypeVar("R")
_PIECE = 200
_MOST_ROWS = 20_000


class ControlApi:
    """Serves the control API of `upstream` until `stop`; the data plane runs on `upstream.loop`.

    With a `token`, a request without `Authorization: Bearer <token>` gets 401. A request to a name that is not the
    API's own, or from a page of another web site, gets 403; `names` are own names in addition to the address.
    """

    def __init__(
        self, upstream: Upstream, urls: Mapping[str, object], token: str = "", names: Collection[str] = ()
    ) -> None:
        self._upstream = upstream
        self._urls = urls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="admin", daemon=True)
        self._runner: web.AppRunner | None = None
        self._live = 0
        self._token = token
        self._names = names
        self._proxies = Proxies(upstream.own_proxies, upstream.profile.seed, upstream.loop)

    def start(self, host: str, port: int) -> str:
        """Listen and return the base URL; OSError when the address is taken."""
        self._thread.start()
        return self._on_own_loop(self._listen(host, port))

    def stop(self) -> None:
        """Stop listening and end the thread."""
        if self._runner is not None:
            self._on_own_loop(self._runner.cleanup())
        self._upstream.loop.call_soon_threadsafe(self._proxies.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    async def _listen(self, host: str, port: int) -> str:
        access = AccessCheck((host, *self._names), self._token)
        app = web.Application(middlewares=[access.middleware])
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/ledger", self._ledger),
                web.get("/events", self._events),
                web.get("/state", self._state),
                web.get("/metrics", self._metrics),
                web.get("/conformance", self._conformance),
                web.post("/timeline/start", self._start_timeline),
                web.get("/faults", self._faults),
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear_faults),
                web.delete("/faults/{rule}", self._remove_fault),
                web.get("/capacity", self._capacity),
                web.patch("/capacity", self._change_capacity),
                *Api(self._proxies, self._upstream.loop).routes(),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0]
        return f"http://{bound[0]}:{bound[1]}"

    def _on_own_loop(self, work: Coroutine[Any, Any, R]) -> R:
        """Do `work` on the admin's own loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _on_data_plane(self, work: Callable[[], R]) -> R:
        """Do `work` on the data plane's loop, where its state may be changed."""

        async def do() -> R:
            return work()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(do(), self._upstream.loop))

    async def _health(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({"status": "ok", "name": self._upstream.profile.name, **self._urls})

    async def _ledger(self, request: web.Request) -> web.Response:
        after, limit = _integer(request, "after", 0), _integer(request, "limit", 5000)
        following, lost, rows = self._upstream.ledger.read(after, min(limit, _MOST_ROWS))
        columns = await _columns(rows)
        text = f'{{"next": {following}, "lost": {lost}, "columns": {columns}}}'
        return web.Response(text=text, content_type="application/json")

    async def _events(self, request: web.Request) -> web.Response:
        events = self._upstream.events
        following = events.next
        return web.json_response({"next": following, "events": events.read(_integer(request, "after", 0))})

    async def _state(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response(self._upstream.state())

    async def _conformance(self, request: web.Request) -> web.Response:
        backoff_s = [_seconds(text) for text in request.query.get("backoff_s", "").split(",") if text]
        _, lost, rows = self._upstream.ledger.read(_integer(request, "after", 0), self._upstream.ledger.size)
        judgement = await asyncio.to_thread(check_conformance, rows, backoff_s)
        return web.json_response({"lost": lost, **asdict(judgement)})

    async def _metrics(self, request: web.Request) -> web.Response:  # noqa: ARG002
        kind = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(text=exposition(self._upstream.state(), self._upstream.regions), headers=kind)

    async def _start_timeline(self, request: web.Request) -> web.Response:
        upstream = self._upstream
        body = await _table(request)
        epoch_s = body.get("epoch_s", upstream.loop.time())
        if isinstance(epoch_s, bool) or not isinstance(epoch_s, int | float):
            raise ConfigError(_place(request), "epoch_s", "must be a number of monotonic seconds")
        entries = upstream.profile.timeline
        await self._on_data_plane(lambda: upstream.timeline.start(entries, float(epoch_s)))
        return web.json_response({"epoch_s": epoch_s, "entries": len(entries)})

    async def _faults(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response({"faults": [_fault_json(active) for active in self._upstream.rules.active]})

    async def _add_fault(self, request: web.Request) -> web.Response:
        upstream = self._upstream
        fault = build(SingleFault, {"fault": await _table(request)}, _place(request)).fault
        names = [region.name for region in upstream.regions]
        if fault.region not in ("*", *names):
            known = ", ".join(names)
            raise ConfigError(
                _place(request), "region", f"is {fault.region}; it must be one of {known}, or *"
            )
        self._live += 1
        rule = fault.name or f"live.{self._live}"
        turned_on = await self._on_data_plane(
            lambda: upstream.timeline.turn_on(fault, rule, upstream.loop.time())
        )
        return web.json_response(_fault_json(turned_on), status=201)

    async def _clear_faults(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return await self._turn_off(self._upstream.rules.active)

    async def _remove_fault(self, request: web.Request) -> web.Response:
        wanted = request.match_info["rule"]
        found = [active for active in self._upstream.rules.active if wanted in (active.rule, active.label)]
        if not found:
            return error_response(
                404, f"no fault named {wanted} is active; GET /faults lists the active ones"
            )
        return await self._turn_off(found)

    async def _turn_off(self, faults: list[ActiveFault]) -> web.Response:
        turn_off = self._upstream.timeline.turn_off
        await self._on_data_plane(lambda: [turn_off(active) for active in faults])
        return web.json_response({"off": [active.rule for active in faults]})

    async def _capacity(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response(self._upstream.pool.capacity.model_dump(mode="json"))

    async def _change_capacity(self, request: web.Request) -> web.Response:
        upstream = self._upstream
        table = upstream.pool.capacity.model_dump(mode="json") | await _table(request)
        capacity = build(Capacity, table, _place(request))
        await self._on_data_plane(lambda: upstream.pool.change(capacity, upstream.loop.time()))
        return web.json_response(capacity.model_dump(mode="json"))


async def _columns(rows: Sequence[Row]) -> str:
    """Return the rows as a JSON object of columns, encoded in pieces: the encoder holds the interpreter."""
    columns: list[str] = []
    for index, name in enumerate(COLUMNS):
        pieces: list[str] = []
        for start in range(0, len(rows), _PIECE):
            column = [row[index] for row in rows[start : start + _PIECE]]
            pieces.append(json.dumps(column)[1:-1])
            await asyncio.sleep(0)
        columns.append(f'"{name}": [{", ".join(pieces)}]')
    return "{" + ", ".join(columns) + "}"


async def _table(request: web.Request) -> dict[str, object]:
    data = await request.read()
    return read_json_object(data, _place(request)) if data else {}


def _place(request: web.Request) -> str:
    return f"{request.method} {request.path}"


def _fault_json(active: ActiveFault) -> dict[str, object]:
    fault = active.fault.model_dump(exclude_defaults=True, mode="json")
    return fault | {"rule": active.rule, "label": active.label, "on_since_s": active.on_s}


def _integer(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name) or str(default)
    number = whole_number(text)
    if number is None:
        raise ConfigError(_place(request), name, f"must be a number of at most 15 digits, not {text[:60]}")
    return number


def _seconds(text: str) -> float:
    number = finite_number(text)
    if number is None:
        raise ConfigError(
            "GET /conformance", "backoff_s", "must be numbers of seconds with commas between them"
        )
    return number
