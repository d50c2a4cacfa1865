"""The router: which endpoint responds to a request."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import translate

from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Response
from mock_upstream.profile import Route
from mock_upstream.service_time import ServiceTime

Handler = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A handler under a path pattern: `/orders/{id}`; a last `{rest*}` matches the rest of the path.

    `work_s` returns for how many seconds a worker is busy with the request in addition to its service time, and
    `service_time` replaces the profile's.
    """

    methods: str
    pattern: str
    handler: Handler
    work_s: Callable[[Request], float] | None = None
    service_time: ServiceTime | None = None
    instant: bool = field(init=False)
    """Whether it adds no time."""

    def __post_init__(self) -> None:
        """Derive `instant`, which every request reads."""
        object.__setattr__(self, "instant", self.work_s is None and self.service_time is None)


def _not_found(request: Request) -> Response:  # noqa: ARG001
    return Response(404, b"Not Found", TEXT)


NOT_FOUND = Endpoint("*", "", _not_found)


class Router:
    """Endpoints by path and method; HEAD is GET, OPTIONS lists the allowed methods.

    `routes` come first: each either has a fixed response or gives an endpoint another service time.
    """

    def __init__(self, endpoints: Iterable[Endpoint], routes: Sequence[Route] = ()) -> None:
        self.find: Callable[[Request], Endpoint] = self._find_routed if routes else self._find
        """Returns the endpoint for a request, and sets its `params`."""
        self._routes = [(re.compile(translate(route.path)), route) for route in routes]
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[str, list[tuple[list[str], dict[str, Endpoint]]]] = {}
        for endpoint in endpoints:
            table = self._table(endpoint.pattern)
            for method in endpoint.methods.split():
                table[method] = endpoint

    def _find_routed(self, request: Request) -> Endpoint:
        for glob, route in self._routes:
            if route.method in ("*", request.method) and glob.match(request.path):
                return self._routed(route, request)
        return self._find(request)

    def _routed(self, route: Route, request: Request) -> Endpoint:
        if route.body is None and route.status is None:
            return replace(self._find(request), pattern=route.path, service_time=route.service_time)
        response = Response(
            route.status or 200, (route.body or "").encode(), route.content_type, tuple(route.headers.items())
        )
        return Endpoint(route.method, route.path, lambda request: response, None, route.service_time)  # noqa: ARG005

    def _find(self, request: Request) -> Endpoint:
        table = self._exact.get(request.path)
        if table is None:
            table = self._match(request)
            if table is None:
                return NOT_FOUND
        return table.get(request.method) or _fallback(table, request.method)

    def _table(self, pattern: str) -> dict[str, Endpoint]:
        if "{" not in pattern:
            return self._exact.setdefault(pattern, {})
        parts = pattern.split("/")[1:]
        siblings = self._patterns.setdefault(parts[0], [])
        for known, table in siblings:
            if known == parts:
                return table
        siblings.append((parts, {}))
        return siblings[-1][1]

    def _match(self, request: Request) -> dict[str, Endpoint] | None:
        parts = request.path.split("/")[1:]
        for pattern, table in self._patterns.get(parts[0] if parts else "", ()):
            params = _params(pattern, parts)
            if params is not None:
                request.params = params
                return table
        return None


def _params(pattern: list[str], parts: list[str]) -> tuple[str, ...] | None:
    if pattern[-1].endswith("*}"):
        if len(parts) < len(pattern):
            return None
        parts = [*parts[: len(pattern) - 1], "/".join(parts[len(pattern) - 1 :])]
    if len(parts) != len(pattern):
        return None
    found: list[str] = []
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            found.append(part)
        elif wanted != part:
            return None
    return tuple(found)


def _fallback(table: dict[str, Endpoint], method: str) -> Endpoint:
    if method == "HEAD" and "GET" in table:
        return table["GET"]
    allowed = ", ".join(sorted({*table, "OPTIONS", *(["HEAD"] if "GET" in table else [])}))
    pattern = next(iter(table.values())).pattern
    status, body = (200, b"") if method == "OPTIONS" else (405, b"Method Not Allowed")
    response = Response(status, body, TEXT, (("Allow", allowed),))
    return Endpoint(method, pattern, lambda request: response)  # noqa: ARG005
