"""The client of a journey: a Session's verbs with a base URL. Every call is traced and reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from harness.model.call import Call, Outcome
from harness.session.client.body_digest import intact
from harness.session.client.transport import Transport, TransportResponse
from harness.session.outcome import of_status
from harness.session.secrets import redact
from harness.session.trace.call_trace import CallTracer
from harness.session.trace.trace import CallTrace

_VAGUE = frozenset({Outcome.READ_TIMEOUT, Outcome.PROTOCOL})


class FailedResponse(requests.Response):
    """Replaces the response of a call that got none: `ok` is False, `status_code` 0, `error` is the cause."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.status_code = 0
        self._content = b""
        self._content_consumed = True
        self.error = error

    @property
    def ok(self) -> bool:
        """False: there was no response."""
        return False

    def raise_for_status(self) -> None:
        """Raises the Session's exception."""
        raise self.error


class Journey:
    """The progress of one arrival: its number, and when its next call is due."""

    __slots__ = ("arrival", "dispatched_s", "due_s", "step")

    def __init__(self, arrival: int, due_s: float, dispatched_s: float) -> None:
        self.arrival, self.due_s, self.dispatched_s, self.step = arrival, due_s, dispatched_s, 0


class Client:
    """The client that a journey uses, similar to Locust's HttpUser.client.

    `caller` is the number of the service's thread that uses it. Calls do not raise for failures of the network: they
    return a FailedResponse, as Locust's client does.
    """

    def __init__(
        self,
        target: str,
        transport: Transport,
        tracer: CallTracer,
        on_call: Callable[[Call], None],
        caller: int = 0,
    ) -> None:
        self.target = target.rstrip("/") + "/"
        self.transport, self._tracer, self._on_call = transport, tracer, on_call
        self._caller = caller
        self.journey = Journey(0, 0.0, 0.0)
        self.in_flight: Call | None = None

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        """GET; `name=` is the route's template when the path holds an id."""
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        """POST."""
        return self.request("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> requests.Response:
        """PUT."""
        return self.request("PUT", path, **kwargs)

    def patch(self, path: str, **kwargs: Any) -> requests.Response:
        """PATCH."""
        return self.request("PATCH", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> requests.Response:
        """DELETE."""
        return self.request("DELETE", path, **kwargs)

    def head(self, path: str, **kwargs: Any) -> requests.Response:
        """HEAD."""
        kwargs.setdefault("allow_redirects", False)
        return self.request("HEAD", path, **kwargs)

    def request(self, method: str, path: str, *, name: str | None = None, **kwargs: Any) -> requests.Response:
        """One call. Keywords are those of `requests.Session.request`; `name` labels the route.

        Returns the response, or a FailedResponse for what the network or the policy refused. With `stream=True`
        the call ends with the response's head: the journey reads the body outside the call.
        """
        call, transport = self._open(method, name or urlsplit(path).path), self.transport
        with self._tracer.calling(call, keyed=True) as trace:
            response: requests.Response
            try:
                response = transport.exchange(method, self._url(path), **kwargs)
                _judge(call, response, whole=not kwargs.get("stream"))
            except transport.errors as error:
                response = FailedResponse(error)
                trace.failed(error)
                _fail(call, trace, transport, error)
            except Exception as error:
                _fail(call, trace, transport, error)
                raise
            finally:
                call.received_bytes = trace.received_bytes
                self._close(call)
                trace.drop_tracebacks()
        return response

    def _url(self, path: str) -> str:
        """The result of urljoin for a base that ends in a slash, for the paths that journeys use."""
        return path if path.startswith(("http://", "https://")) else self.target + path.lstrip("/")

    def _open(self, method: str, route: str) -> Call:
        journey, now = self.journey, self._tracer.now()
        first = journey.step == 0
        call = Call(
            journey.arrival, journey.step, method, route,
            scheduled_s=journey.due_s if first else now,
            started_s=now,
            dispatched_s=journey.dispatched_s if first else now,
            caller=self._caller,
        )  # fmt: skip
        journey.step += 1
        self.in_flight = call
        return call

    def give_up(self) -> list[Call]:
        """The call that has begun and not ended, if any; if it ends later, it is not reported again."""
        given_up, self.in_flight = self.in_flight, None
        return [given_up] if given_up is not None else []

    def _close(self, call: Call) -> None:
        if self.in_flight is not call:
            return
        call.ended_s = self._tracer.now()
        self.in_flight = None
        self._on_call(call)


def _judge(call: Call, answer: TransportResponse, *, whole: bool) -> None:
    call.status, call.outcome = answer.status_code, of_status(answer.status_code)
    call.digest_matches = intact(call.method, call.status, answer.headers, answer.content) if whole else None
    if call.digest_matches is False and call.outcome is Outcome.OK:
        call.outcome = Outcome.CORRUPT


def _fail(call: Call, trace: CallTrace, transport: Transport, error: Exception) -> None:
    attempt = trace.attempt
    call.status = attempt.status if attempt is not None else 0
    call.outcome = transport.outcome_of(error, call.status)
    call.raised = type(error).__name__
    call.error = redact(f"{call.raised}: {error}")[:300]
    if attempt is not None and attempt.error and call.outcome in _VAGUE:
        call.outcome = Outcome(attempt.error)  # The trace has recorded how far the attempt had come.
    if call.outcome is Outcome.FAILED and isinstance(error, transport.errors):
        call.outcome = Outcome.PROTOCOL
