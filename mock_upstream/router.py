"""Which endpoint answers a request."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from mock_upstream.answer import TEXT, Answer
from mock_upstream.request import Request

Handler = Callable[[Request], Answer]


class Endpoint(NamedTuple):
    """A handler under a path pattern: `/orders/{id}`; a last `{rest*}` takes all that is left.

    `work_s` says for how many seconds a worker is busy with the request beside its service time.
    """

    methods: str
    pattern: str
    handler: Handler
    work_s: Callable[[Request], float] | None = None


def _not_found(request: Request) -> Answer:  # noqa: ARG001
    return Answer(404, b"Not Found", TEXT)


NOT_FOUND = Endpoint("*", "", _not_found)


class Router:
    """Endpoints by path and method; HEAD is GET, OPTIONS says what is allowed."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[str, list[tuple[list[str], dict[str, Endpoint]]]] = {}
        for endpoint in endpoints:
            table = self._table(endpoint.pattern)
            for method in endpoint.methods.split():
                table[method] = endpoint

    def find(self, request: Request) -> Endpoint:
        """Return the endpoint and set `request.params`."""
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
    answer = Answer(status, body, TEXT, (("Allow", allowed),))
    return Endpoint(method, pattern, lambda request: answer)  # noqa: ARG005
