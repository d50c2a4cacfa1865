"""The call that a service is handling: known from a header of the request, and carried by a context variable.

The context variable reaches everything that the handler does in its own thread, greenlet or task, and what is run for
it by asyncio or anyio. A thread that the service starts by itself has a context of its own: its requests belong to no
inbound call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from itertools import count
from time import monotonic
from typing import Any

from harness.model.call import Attempt, Call

KEY = "X-Surgeline-Key"
_WSGI_KEY, _ASGI_KEY = "HTTP_" + KEY.upper().replace("-", "_"), KEY.lower().encode()
Report = Callable[["InboundCall"], object]
Application = Callable[..., Any]


class InboundCall:
    """One request that the service handles; times are readings of the monotonic clock.

    `attempts` are those of all requests that it sent meanwhile, `error` is the last exception of one of them.
    """

    __slots__ = ("_requests", "arrival", "attempts", "ended_s", "error", "started_s", "step")

    def __init__(self, key: str) -> None:
        """Raises ValueError for what is no key of a run."""
        arrival, step = key.split(".")
        self.arrival, self.step = int(arrival), int(step)
        self.started_s, self.ended_s = monotonic(), 0.0
        self.attempts: list[Attempt] = []
        self.error, self._requests = "", count()

    def next_request(self) -> int:
        """The number of the request that it is about to send, from 0."""
        return next(self._requests)

    def add(self, call: Call) -> bool:
        """Takes the attempts of a request that has ended; False when the response has been sent already."""
        if self.ended_s:
            return False
        self.attempts += call.attempts
        self.error = call.error or self.error
        return True


_current: ContextVar[InboundCall | None] = ContextVar("surgeline_inbound", default=None)


def current_inbound() -> InboundCall | None:
    """The call that this thread, greenlet or task handles."""
    return _current.get()


class Watched:
    """A WSGI or ASGI application, whose calls are reported when their response is complete."""

    def __init__(self, application: Application, report: Report) -> None:
        self._application, self._report = application, report

    def __getattr__(self, name: str) -> Any:
        return getattr(self._application, name)

    def _end(self, call: InboundCall) -> None:
        if not call.ended_s:
            call.ended_s = monotonic()
            self._report(call)


class WatchedWsgi(Watched):
    """A WSGI application. See PEP 3333."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request; a body that is a list is complete, another one is while it is read."""
        call = _call_of(environ.get(_WSGI_KEY))
        if call is None or _current.get() is not None:
            return self._application(environ, start_response)  # type: ignore[no-any-return]
        token = _current.set(call)
        try:
            body: Iterable[bytes] = self._application(environ, start_response)
        except BaseException:
            self._end(call)
            raise
        finally:
            _current.reset(token)
        if isinstance(body, list | tuple):
            self._end(call)
            return body
        return _Body(body, call, self._end)


class WatchedAsgi(Watched):
    """An ASGI application, version 3."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """One request, or a scope of another kind."""
        call = _call_of(_asgi_key(scope)) if scope["type"] == "http" else None
        if call is None:
            await self._application(scope, receive, send)
            return
        token = _current.set(call)
        try:
            await self._application(scope, receive, send)
        finally:
            _current.reset(token)
            self._end(call)


class _Body:
    """The body of a WSGI response that is made while it is sent, within the call."""

    def __init__(self, body: Iterable[bytes], call: InboundCall, end: Report) -> None:
        self._body, self._call, self._end = body, call, end

    def __iter__(self) -> Iterator[bytes]:
        chunks = iter(self._body)
        while True:
            token = _current.set(self._call)
            try:
                chunk = next(chunks, None)
            finally:
                _current.reset(token)
            if chunk is None:
                return
            yield chunk

    def close(self) -> None:
        """Called by the server in any case."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._end(self._call)


def is_asgi(application: Application) -> bool:
    """Whether it is an ASGI application of version 3, by its signature."""
    called = application if inspect.isroutine(application) else getattr(application, "__call__", None)  # noqa: B004
    return inspect.iscoroutinefunction(called)


def _asgi_key(scope: dict[str, Any]) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == _ASGI_KEY), None)


def _call_of(key: str | None) -> InboundCall | None:
    try:
        return InboundCall(key) if key else None
    except ValueError:
        return None
