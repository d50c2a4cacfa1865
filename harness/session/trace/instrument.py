"""Traces a live service's own Session as the lab does: without Locust or a schedule, and with unchanged requests."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import count
from typing import Any

import requests

from harness.model.call import Call, Outcome
from harness.session.outcome import of_status, outcome_of
from harness.session.reload_counts import RELOADS
from harness.session.secrets import redact
from harness.session.trace.call_trace import CallTracer
from harness.session.trace.hooks import method_of
from harness.session.trace.trace import CallTrace, current_trace

Route = Callable[[requests.PreparedRequest], str]
Listener = Callable[[Call], None]

_MARK = "_surgeline_watch"
_LATER_STEP = 1
"""Calls of a live service have no schedule, so none of them is a journey's first step."""


def method_and_host(request: requests.PreparedRequest) -> str:
    """The default route: "GET api.example.com". Paths contain ids, and would give a label unbounded values."""
    return f"{request.method} {(request.url or '').partition('://')[2].partition('/')[0].rpartition('@')[2]}"


class ServiceTracer:
    """The traces of the Sessions of one process. `listeners` get every call as it ends, in its own thread."""

    def __init__(self, route: Route = method_and_host) -> None:
        self.tracer, self.reloads = CallTracer(), RELOADS
        self.listeners: list[Listener] = []
        self._route, self._number = route, count()
        self._canary: Callable[[], Any] = lambda: None
        self._shadow: Callable[[], Any] = lambda: None

    @property
    def rollout(self) -> Any:
        """The status of the last Session's rollout (`RolloutStatus`); None where no Session has one."""
        canary = self._canary()
        return None if canary is None else canary.status

    @property
    def shadow(self) -> Any:
        """What the last Session's shadow has compared (`ShadowCounts`); None where no Session has one."""
        shadow = self._shadow()
        return None if shadow is None else shadow.counts

    def instrument(self, session: requests.Session) -> requests.Session:
        """Observes one more Session. Returns the same Session; a second time has no effect."""
        if session.__dict__.get(_MARK) is self:
            return session
        session.__dict__[_MARK] = self
        if (canary := session.__dict__.get("_surgeline_canary")) is not None:
            self._canary = weakref.ref(canary)
        if (shadow := session.__dict__.get("_surgeline_shadow")) is not None:
            self._shadow = weakref.ref(shadow)
        owner, send = weakref.ref(session), method_of(session, "send")

        def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            if current_trace() is not None:  # A redirect's hop belongs to the call it is in.
                return send(owner(), request, **kwargs)  # type: ignore[no-any-return]
            with self.open_call(request) as trace:
                call = trace.call
                try:
                    response: requests.Response = send(owner(), request, **kwargs)
                    call.status = response.status_code
                    call.outcome = of_status(call.status)
                    return response
                except BaseException as error:
                    _fail(call, trace, error)
                    raise
                finally:
                    call.ended_s = self.tracer.now()
                    call.received_bytes = trace.received_bytes
                    for listen in self.listeners:
                        listen(call)

        session.__dict__["send"] = sent
        return self.tracer.instrument(session)

    def open_call(self, request: requests.PreparedRequest) -> CallTrace:
        """The trace of a request that is about to be sent."""
        now = self.tracer.now()
        route = self._route(request)
        call = Call(next(self._number), _LATER_STEP, request.method or "", route, now, now, now)
        return CallTrace(call, keyed=False)


def instrument(
    session: requests.Session, watch: ServiceTracer | None = None, *, route: Route = method_and_host
) -> ServiceTracer:
    """Observes a Session for as long as it lives. A given `watch` is reused, for several Sessions.

    `route` returns the name of a request, with few different values: its result becomes a metric's label. With
    `stream=True` a call ends with the response's head.
    """
    found = watch if watch is not None else ServiceTracer(route)
    found.instrument(session)
    return found


def _fail(call: Call, trace: CallTrace, error: BaseException) -> None:
    call.status = trace.attempt.status if trace.attempt is not None else 0
    call.outcome = outcome_of(error, call.status) if isinstance(error, Exception) else Outcome.CANCELLED
    call.raised = type(error).__name__
    call.error = redact(f"{call.raised}: {error}")[:300]
