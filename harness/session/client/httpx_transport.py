"""httpx's synchronous client as another transport, with the same calls, attempts and outcomes.

httpx reports its steps through its `trace` extension, from which the same durations are taken as from a
Session's trace, so that the two can be compared.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from harness.model.auth import DigestAuth
from harness.model.call import Attempt, Outcome
from harness.model.errors import MachineError
from harness.model.policy import Policy
from harness.session.build.auth import auth
from harness.session.errors import TargetRefused
from harness.session.secrets import resolve, resolved
from harness.session.target_gate import check_behind_proxy
from harness.session.trace.call_trace import ATTEMPT_HEADER, KEY_HEADER, CallTracer
from harness.session.trace.trace import CallTrace, current_trace

if TYPE_CHECKING:
    import httpx

_OUTCOMES = (
    ("ConnectTimeout", Outcome.CONNECT_TIMEOUT),
    ("ReadTimeout", Outcome.READ_TIMEOUT),
    ("WriteTimeout", Outcome.READ_TIMEOUT),
    ("PoolTimeout", Outcome.POOL_TIMEOUT),
    ("ConnectError", Outcome.CONNECT_REFUSED),
    ("ProxyError", Outcome.PROXY),
    ("DecodingError", Outcome.DECODE),
    ("TooManyRedirects", Outcome.REDIRECT_LOOP),
    ("TransportError", Outcome.PROTOCOL),
)


class HttpxPools:
    """httpx's open connections, as a gauge. httpx closes idle connections by age, not because the pool is full."""

    def __init__(self, host: str, maxsize: int, pool: Any) -> None:
        self.host, self.maxsize, self._pool = host, maxsize, pool
        self.opened = self.discarded = self.stale = 0
        self.waiting_since: dict[int, float] = {}

    @property
    def in_use(self) -> int:
        """Connections that serve a request."""
        return sum(not connection.is_idle() for connection in self._pool.connections)

    @property
    def idle(self) -> int:
        """Idle open connections."""
        return sum(connection.is_idle() for connection in self._pool.connections)

    @property
    def waiting(self) -> int:
        """Callers without a connection."""
        return len(self.waiting_since)

    def longest_wait_s(self, now_s: float) -> float:
        """Seconds that the longest waiting caller has waited so far; 0 when none waits."""
        since = list(self.waiting_since.values())
        return now_s - min(since) if since else 0.0


class HttpxTraceEvents:
    """Records one call's attempts from httpx's trace events."""

    def __init__(self, trace: CallTrace, tracer: CallTracer, pools: HttpxPools) -> None:
        self._trace, self._tracer, self._pools = trace, tracer, pools
        self._started: dict[str, float] = {}

    def begin(self, request: httpx.Request) -> None:
        """A request is about to be sent: the call's first, or a redirect's."""
        trace, now = self._trace, monotonic()
        if trace.attempt is not None:
            trace.attempt.reason = "redirect"
        number = len(trace.call.attempts)
        host = f"{request.url.scheme}://{request.url.host}:{request.url.port}"
        trace.attempt = Attempt(number, now - self._tracer.epoch_s, host)
        trace.call.attempts.append(trace.attempt)
        trace.got_s = 0.0
        self._pools.waiting_since[threading.get_ident()] = now
        request.headers[KEY_HEADER] = trace.call.key
        if number:
            request.headers[ATTEMPT_HEADER] = str(number)

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """One of httpx's events: "http11.receive_response_headers.complete"."""
        attempt, now = self._trace.attempt, monotonic()
        _, step, state = event.split(".")
        if attempt is None:
            return
        if state == "started":
            self._started[step] = now
            if not self._trace.got_s:
                self._got(attempt, now)
        else:
            self._ended(attempt, step, state, now - self._started.get(step, now), info)

    def _got(self, attempt: Attempt, now: float) -> None:
        """The first thing that happens on a connection: until then the call waited for one."""
        self._trace.got_s = now
        attempt.pool_wait_s = now - self._tracer.epoch_s - attempt.started_s
        self._pools.waiting_since.pop(threading.get_ident(), None)

    def _ended(self, attempt: Attempt, step: str, state: str, took_s: float, info: Mapping[str, Any]) -> None:
        if step in {"connect_tcp", "start_tls"}:
            attempt.new_connection = True
            attempt.connect_s += took_s
            attempt.tls_s += took_s if step == "start_tls" else 0.0
            self._pools.opened += step == "connect_tcp" and state == "complete"
        elif step == "receive_response_headers" and state == "complete":
            attempt.status = int(info["return_value"][1])
            attempt.first_byte_s = monotonic() - self._trace.got_s
        elif step == "receive_response_body":
            attempt.body_s = took_s


class HttpxTransport:
    """An `httpx.Client` by the policy's session, adapter and timeout tables."""

    def __init__(self, policy: Policy, tracer: CallTracer, target: str) -> None:
        """Raises MachineError when httpx is not installed."""
        try:
            import httpx
        except ImportError:
            raise MachineError(
                policy.name,
                "transport",
                'is "httpx", which is not installed; run: pip install surgeline[httpx]',
            ) from None
        self._httpx, self._tracer = httpx, tracer
        self.errors: tuple[type[Exception], ...] = (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            TargetRefused,
        )
        self._client = _client(policy)
        pool = self._client._transport._pool  # type: ignore[attr-defined]
        self._pools = HttpxPools(target, policy.adapter.pool_maxsize, pool)
        tracer.gauges[target] = self._pools  # type: ignore[assignment]

    def exchange(self, method: str, url: str, **kwargs: Any) -> Any:
        """One call. Keywords are those of `requests.Session.request` that httpx also knows."""
        trace = current_trace()
        assert trace is not None  # noqa: S101
        kwargs["follow_redirects"] = kwargs.pop("allow_redirects", True)
        kwargs.pop("stream", None)
        steps = HttpxTraceEvents(trace, self._tracer, self._pools)
        kwargs["extensions"] = {"trace": steps, "surgeline": steps}
        try:
            response = self._client.request(method, url, **kwargs)
        finally:
            self._pools.waiting_since.pop(threading.get_ident(), None)
        trace.response = _Counted(response.num_bytes_downloaded)
        response.ok = response.status_code < 400  # type: ignore[attr-defined]
        return response

    def outcome_of(self, error: BaseException, status: int) -> Outcome:
        """The outcome of an httpx error; after the response's head it means a truncated body."""
        if isinstance(error, TargetRefused):
            return error.outcome
        text = str(error)
        if isinstance(error, self._httpx.ConnectError) and _in_handshake(error, text):
            return Outcome.TLS
        if isinstance(error, self._httpx.RemoteProtocolError) and "without sending complete" in text:
            return Outcome.TRUNCATED
        if isinstance(error, self._httpx.ReadError) and status:
            return Outcome.TRUNCATED
        for name, outcome in _OUTCOMES:
            if isinstance(error, getattr(self._httpx, name)):
                return outcome
        return Outcome.FAILED


def _in_handshake(error: Any, text: str) -> bool:
    encrypts = error.request.url.scheme == "https"
    return encrypts and any(word in text for word in ("SSL", "certificate", "reset", "EOF"))


class _Counted:
    """Reports the number of received bytes, as urllib3's response does."""

    def __init__(self, received: int) -> None:
        self._received = received

    def tell(self) -> int:
        """Bytes of the body off the wire."""
        return self._received


def _client(policy: Policy) -> httpx.Client:
    import httpx

    settings, place = policy.session, policy.name
    timeout = httpx.Timeout(policy.timeout.read_s or 5.0, connect=policy.timeout.connect_s or 5.0)
    limits = httpx.Limits(max_connections=policy.adapter.pool_maxsize, max_keepalive_connections=20)
    client = httpx.Client(
        headers=resolved(settings.headers, place, "session.headers"),
        params=resolved(settings.params, place, "session.params"),
        auth=_auth(policy),
        verify=_verify(settings.verify),
        max_redirects=settings.max_redirects,
        trust_env=settings.trust_env,
        timeout=timeout,
        limits=limits,
    )

    def begin(request: httpx.Request) -> None:
        request.extensions["surgeline"].begin(request)
        if client._transport_for_url(request.url) is not client._transport:
            check_behind_proxy(request.url.host, request.url.port)

    client.event_hooks = {"request": [begin]}
    return client


def _auth(policy: Policy) -> Any:
    """httpx's own digest authentication; the other kinds only set headers, which httpx supports too."""
    import httpx

    match policy.session.auth:
        case DigestAuth(username=username, password=password):
            return httpx.DigestAuth(username, resolve(password, policy.name, "session.auth.password"))
    return auth(policy.session.auth, policy.name)


def _verify(verify: bool | str) -> bool | ssl.SSLContext:
    return ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify
