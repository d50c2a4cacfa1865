"""httpx as another transport, its synchronous and its asynchronous client, with the same calls and outcomes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from harness.model.auth import DigestAuth
from harness.model.call import Outcome
from harness.model.errors import MachineError
from harness.model.policy import Policy
from harness.session.build.auth import auth
from harness.session.build.upstream_ca import tls_context
from harness.session.client.httpx_trace import HttpxPools, HttpxTraceEvents
from harness.session.client.loop_thread import LoopThread
from harness.session.client.whole_response import WholeResponse
from harness.session.errors import TargetRefused
from harness.session.secrets import resolve, resolved
from harness.session.target_gate import check_behind_proxy
from harness.session.trace.call_trace import CallTracer
from harness.session.trace.trace import current_trace

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


class _Httpx(ABC):
    """What both clients have in common."""

    _client: Any

    def __init__(self, policy: Policy, tracer: CallTracer, target: str, ca: str = "") -> None:
        """`ca` is the mock upstream's authority, by which the client verifies. Raises MachineError without httpx."""
        try:
            import httpx
        except ImportError:
            problem = f'is "{policy.transport}", which is not installed; run: pip install httpx'
            raise MachineError(policy.name, "transport", problem) from None
        self._httpx, self._tracer = httpx, tracer
        self.errors: tuple[type[Exception], ...] = (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            TargetRefused,
        )
        self._open(_settings(policy, ca))
        pool = self._client._transport._pool
        self._pools = HttpxPools(target, policy.adapter.pool_maxsize, pool)
        tracer.gauges[target] = self._pools  # type: ignore[assignment]

    def exchange(self, method: str, url: str, **kwargs: Any) -> WholeResponse:
        """One call, with its body. Keywords are those of `requests.Session.request` that httpx also knows."""
        trace = current_trace()
        assert trace is not None  # noqa: S101
        kwargs["follow_redirects"] = kwargs.pop("allow_redirects", True)
        kwargs.pop("stream", None)
        steps = HttpxTraceEvents(trace, self._tracer, self._pools)
        try:
            found = self._send(method, url, steps, kwargs)
        finally:
            steps.end()
        trace.response = response = WholeResponse(
            found.status_code, found.reason_phrase, str(found.url), found.headers, found.content,
            found.num_bytes_downloaded,
        )  # fmt: skip
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

    def _begin(self, request: httpx.Request) -> None:
        request.extensions["surgeline"].begin(request)
        if self._client._transport_for_url(request.url) is not self._client._transport:
            check_behind_proxy(request.url.host, request.url.port)

    @abstractmethod
    def _open(self, settings: dict[str, Any]) -> None:
        """Makes the client."""

    @abstractmethod
    def _send(self, method: str, url: str, steps: HttpxTraceEvents, named: dict[str, Any]) -> httpx.Response:
        """One call by the client."""

    @abstractmethod
    def close(self) -> None:
        """Closes the connections."""


class HttpxTransport(_Httpx):
    """An `httpx.Client` by the policy's session, adapter and timeout tables."""

    def _open(self, settings: dict[str, Any]) -> None:
        self._client = self._httpx.Client(**settings, event_hooks={"request": [self._begin]})

    def _send(self, method: str, url: str, steps: HttpxTraceEvents, named: dict[str, Any]) -> httpx.Response:
        extensions = {"trace": steps.event, "surgeline": steps}
        found: httpx.Response = self._client.request(method, url, **named, extensions=extensions)
        return found

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


class HttpxAsyncTransport(_Httpx):
    """An `httpx.AsyncClient` by the same tables, on a thread of its own."""

    def __init__(
        self, policy: Policy, tracer: CallTracer, target: str, ca: str = "", thread: LoopThread | None = None
    ) -> None:
        """As the base class."""
        self._thread = thread or LoopThread()
        super().__init__(policy, tracer, target, ca)

    def _open(self, settings: dict[str, Any]) -> None:
        async def begin(request: httpx.Request) -> None:
            self._begin(request)

        self._client = self._httpx.AsyncClient(**settings, event_hooks={"request": [begin]})

    def _send(self, method: str, url: str, steps: HttpxTraceEvents, named: dict[str, Any]) -> httpx.Response:
        extensions = {"trace": steps.event_of_async, "surgeline": steps}
        return self._thread.run(self._request(method, url, named, extensions))

    async def _request(
        self, method: str, url: str, named: dict[str, Any], extensions: dict[str, Any]
    ) -> httpx.Response:
        try:
            found: httpx.Response = await self._client.request(method, url, **named, extensions=extensions)
        except BaseExceptionGroup as group:  # anyio wraps what is no OSError.
            refused = group.subgroup(TargetRefused)
            if refused is None:
                raise
            raise refused.exceptions[0] from None
        return found

    def close(self) -> None:
        """Closes the connections, and ends the thread."""
        self._thread.close(self._client.aclose())


def _in_handshake(error: Any, text: str) -> bool:
    """The asynchronous client has no words for a handshake that the peer breaks off."""
    encrypts = error.request.url.scheme == "https"
    return encrypts and (not text or any(word in text for word in ("SSL", "certificate", "reset", "EOF")))


def _settings(policy: Policy, ca: str) -> dict[str, Any]:
    """The keyword arguments of both clients."""
    import httpx

    settings, place = policy.session, policy.name
    timeout = httpx.Timeout(policy.timeout.read_s or 5.0, connect=policy.timeout.connect_s or 5.0)
    return {
        "headers": resolved(settings.headers, place, "session.headers"),
        "params": resolved(settings.params, place, "session.params"),
        "auth": _auth(policy),
        "verify": tls_context(policy, ca),
        "max_redirects": settings.max_redirects,
        "trust_env": settings.trust_env,
        "timeout": timeout,
        "limits": _limits(policy.adapter.pool_maxsize),
    }


def _limits(slots: int) -> httpx.Limits:
    """httpx's default keeps 20 of 100 connections; with another limit it keeps as many as it may open."""
    import httpx

    kept = 20 if slots == 100 else slots
    return httpx.Limits(max_connections=slots, max_keepalive_connections=kept)


def _auth(policy: Policy) -> Any:
    """httpx's own digest authentication; the other kinds only set headers, which httpx supports too."""
    import httpx

    match policy.session.auth:
        case DigestAuth(username=username, password=password):
            return httpx.DigestAuth(username, resolve(password, policy.name, "session.auth.password"))
    return auth(policy.session.auth, policy.name)
