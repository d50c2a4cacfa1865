"""aiohttp's client as another transport, with the same calls, attempts and outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from harness.model.auth import DigestAuth
from harness.model.call import Outcome
from harness.model.errors import MachineError
from harness.model.policy import Policy
from harness.session.build.auth import auth
from harness.session.build.upstream_ca import tls_context
from harness.session.client.aiohttp_trace import AiohttpPools, AiohttpTraceEvents, trace_config
from harness.session.client.loop_thread import LoopThread
from harness.session.client.whole_response import WholeResponse
from harness.session.errors import TargetRefused
from harness.session.secrets import resolve, resolved
from harness.session.trace.call_trace import CallTracer
from harness.session.trace.trace import current_trace

if TYPE_CHECKING:
    import aiohttp
    from aiohttp import ClientSession

_OUTCOMES = (
    ("TooManyRedirects", Outcome.REDIRECT_LOOP),
    ("ClientProxyConnectionError", Outcome.PROXY),
    ("ClientHttpProxyError", Outcome.PROXY),
    ("ClientSSLError", Outcome.TLS),
    ("ConnectionTimeoutError", Outcome.CONNECT_TIMEOUT),
    ("ServerTimeoutError", Outcome.READ_TIMEOUT),
    ("ContentTypeError", Outcome.DECODE),
    ("ClientPayloadError", Outcome.TRUNCATED),
    ("ClientConnectorError", Outcome.CONNECT_REFUSED),
    ("InvalidURL", Outcome.FAILED),
    ("ClientError", Outcome.PROTOCOL),
)


class AiohttpTransport:
    """An `aiohttp.ClientSession` by the policy's session, adapter and timeout tables, on a thread of its own.

    What the policy does not set is as aiohttp has it, except that cookies of hosts without a name are kept: the mock
    upstream's host is an address.
    """

    def __init__(
        self, policy: Policy, tracer: CallTracer, target: str, ca: str = "", thread: LoopThread | None = None
    ) -> None:
        """`ca` is the mock upstream's authority, by which the client verifies. Raises MachineError without aiohttp."""
        try:
            import aiohttp
        except ImportError:
            problem = 'is "aiohttp", which is not installed; run: pip install aiohttp'
            raise MachineError(policy.name, "transport", problem) from None
        self._aiohttp, self._tracer = aiohttp, tracer
        self.errors: tuple[type[Exception], ...] = (aiohttp.ClientError, TimeoutError, TargetRefused)
        self._thread = thread or LoopThread()
        self._params = resolved(policy.session.params, policy.name, "session.params")
        self._max_redirects = policy.session.max_redirects
        self._digest = _digest(policy)
        self._session = self._thread.run(self._open(policy, ca))
        self._pools = AiohttpPools(target, self._session.connector)  # type: ignore[arg-type]
        tracer.gauges[target] = self._pools  # type: ignore[assignment]

    def exchange(self, method: str, url: str, **kwargs: Any) -> WholeResponse:
        """One call, with its body. Keywords are those of `requests.Session.request` that aiohttp also knows."""
        trace = current_trace()
        assert trace is not None  # noqa: S101
        steps = AiohttpTraceEvents(trace, self._tracer, self._pools)
        try:
            trace.response = response = self._thread.run(self._request(method, url, steps, kwargs))
        finally:
            steps.end()
        return response

    def outcome_of(self, error: BaseException, status: int) -> Outcome:
        """The outcome of an aiohttp error; after the response's head it means a truncated body."""
        if isinstance(error, TargetRefused):
            return error.outcome
        if isinstance(error, self._aiohttp.ClientConnectorError) and error.ssl and _broken(error.os_error):
            return Outcome.TLS
        if isinstance(error, self._aiohttp.ClientPayloadError) and _undecodable(error):
            return Outcome.DECODE
        if isinstance(error, self._aiohttp.ClientOSError) and status:
            return Outcome.TRUNCATED
        for name, outcome in _OUTCOMES:
            if isinstance(error, getattr(self._aiohttp, name)):
                return outcome
        return Outcome.DEADLINE if isinstance(error, TimeoutError) else Outcome.FAILED

    def close(self) -> None:
        """Closes the connections, and ends the thread."""
        self._thread.close(self._session.close())

    async def _open(self, policy: Policy, ca: str) -> ClientSession:
        aiohttp, settings = self._aiohttp, policy.session
        make = self._thread.new_socket
        connector = aiohttp.TCPConnector(
            limit=policy.adapter.pool_maxsize,
            ssl=tls_context(policy, ca),
            resolver=aiohttp.ThreadedResolver(),
            socket_factory=lambda address: make(*address[:3]),
        )
        session: ClientSession = aiohttp.ClientSession(
            connector=connector,
            headers=_headers(policy),
            timeout=_timeout(policy),
            trust_env=settings.trust_env,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            trace_configs=[trace_config()],
        )
        return session

    async def _request(
        self, method: str, url: str, steps: AiohttpTraceEvents, named: dict[str, Any]
    ) -> WholeResponse:
        named = _as_aiohttp_names_it(named, self._params)
        through = (self._digest, steps.attempt) if self._digest is not None else (steps.attempt,)
        async with self._session.request(
            method, url, **named, max_redirects=self._max_redirects, middlewares=through,
            trace_request_ctx=steps,
        ) as found:  # fmt: skip
            body = await found.read()
            steps.body_read()
            return WholeResponse(
                found.status, found.reason or "", str(found.url), _joined(found.headers), body,
                found.content.total_raw_bytes,
            )  # fmt: skip


def _as_aiohttp_names_it(named: dict[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
    named.pop("stream", None)
    if params or named.get("params"):
        named["params"] = [*_pairs(params), *_pairs(named.get("params") or {})]
    if isinstance(named.get("data"), Mapping):
        named["data"] = dict(_pairs(named["data"]))
    if "timeout" in named:
        named["timeout"] = _of_call(named["timeout"])
    return named


def _pairs(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """As requests sends them: nothing for None, and several pairs for a list."""
    for name, value in given.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            if each is not None:
                yield name, str(each)


def _of_call(timeout: float | tuple[float | None, float | None] | None) -> aiohttp.ClientTimeout:
    import aiohttp

    connect_s, read_s = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return aiohttp.ClientTimeout(sock_connect=connect_s, sock_read=read_s)


def _timeout(policy: Policy) -> aiohttp.ClientTimeout:
    """aiohttp's defaults where the policy sets nothing."""
    import aiohttp

    usual, wanted = aiohttp.ClientTimeout(total=300.0, sock_connect=30.0), policy.timeout
    return aiohttp.ClientTimeout(
        total=wanted.total_s or usual.total,
        sock_connect=wanted.connect_s or usual.sock_connect,
        sock_read=wanted.read_s,
    )


def _headers(policy: Policy) -> dict[str, str]:
    """The policy's headers, and those of its auth: the kinds other than digest only set a header."""
    headers = resolved(policy.session.headers, policy.name, "session.headers")
    if not isinstance(policy.session.auth, DigestAuth):
        sets: Callable[[Any], object] | None = auth(policy.session.auth, policy.name)
        if sets is not None:
            sets(_HeadersOnly(headers))
    return headers


class _HeadersOnly:
    """Takes the place of a prepared request, of which these kinds of auth only use the headers."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


def _digest(policy: Policy) -> aiohttp.DigestAuthMiddleware | None:
    import aiohttp

    match policy.session.auth:
        case DigestAuth(username=username, password=password):
            secret = resolve(password, policy.name, "session.auth.password")
            return aiohttp.DigestAuthMiddleware(username, secret)
    return None


def _joined(headers: Any) -> dict[str, str]:
    """Each header once, as requests has them: several lines of one name are joined by commas."""
    return {name: ", ".join(headers.getall(name)) for name in dict.fromkeys(headers)}


def _broken(error: OSError) -> bool:
    return isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError)


def _undecodable(error: BaseException) -> bool:
    from aiohttp.http_exceptions import ContentEncodingError

    return isinstance(error.__cause__, ContentEncodingError)
