"""The one module that maps exceptions of requests and urllib3 to an Outcome; no other module catches them."""

from __future__ import annotations

import http.client

import requests.exceptions as rex
import urllib3.exceptions as uex

from harness.model.call import Outcome
from harness.session.errors import PolicyError, TargetRefused, causes

# Looked up along an exception's causes; the deepest match decides, because requests wraps outward:
# a read timeout after retries is ConnectionError(MaxRetryError(ReadTimeoutError)).
_KINDS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (rex.TooManyRedirects, Outcome.REDIRECT_LOOP),
    (rex.ContentDecodingError, Outcome.DECODE),
    (rex.JSONDecodeError, Outcome.DECODE),
    (uex.DecodeError, Outcome.DECODE),
    (rex.ProxyError, Outcome.PROXY),
    (uex.ProxyError, Outcome.PROXY),
    (rex.SSLError, Outcome.TLS),
    (uex.SSLError, Outcome.TLS),
    (uex.EmptyPoolError, Outcome.POOL_TIMEOUT),
    (uex.NewConnectionError, Outcome.CONNECT_REFUSED),
    (rex.ConnectTimeout, Outcome.CONNECT_TIMEOUT),
    (uex.ConnectTimeoutError, Outcome.CONNECT_TIMEOUT),
    (rex.ReadTimeout, Outcome.READ_TIMEOUT),
    (uex.ReadTimeoutError, Outcome.READ_TIMEOUT),
    (uex.InvalidChunkLength, Outcome.PROTOCOL),
    (uex.IncompleteRead, Outcome.TRUNCATED),
    (http.client.IncompleteRead, Outcome.TRUNCATED),
    (rex.ChunkedEncodingError, Outcome.PROTOCOL),
    (uex.ProtocolError, Outcome.PROTOCOL),
    (http.client.HTTPException, Outcome.PROTOCOL),
    (uex.InvalidHeader, Outcome.PROTOCOL),
    (rex.InvalidHeader, Outcome.PROTOCOL),
    (ConnectionError, Outcome.PROTOCOL),
)
_FINAL = frozenset({Outcome.PROXY, Outcome.TLS})


def outcome_of(error: BaseException, status: int = 0) -> Outcome:
    """The outcome of an exception from a Session or a pool.

    `status` is the last one received; it names the outcome when retries ran out on responses.
    """
    chain = list(causes(error))
    found = Outcome.FAILED
    for cause in chain:
        if isinstance(cause, PolicyError | TargetRefused):
            return cause.outcome
        if isinstance(cause, rex.RetryError | uex.ResponseError):
            return of_status(status) if status >= 400 else Outcome.PROTOCOL
        found = next((kind for known, kind in _KINDS if isinstance(cause, known)), found)
        if found in _FINAL:
            break
    if found is Outcome.PROTOCOL and _ended_early(chain):
        return Outcome.TRUNCATED
    return found


def outcome_of_handshake(error: BaseException, *, encrypts: bool) -> Outcome:
    """The outcome of an exception during the opening of a connection.

    A handshake that stalls is limited by the connect timeout, although requests calls it a read timeout; one that is
    reset is a failure of TLS, although requests does not distinguish it from a reset request.
    """
    found = outcome_of(error)
    if found is Outcome.READ_TIMEOUT:
        return Outcome.CONNECT_TIMEOUT
    return Outcome.TLS if found is Outcome.PROTOCOL and encrypts else found


def of_status(status: int) -> Outcome:
    """The outcome of a response with this status and a whole body."""
    if status < 400:
        return Outcome.OK
    return Outcome.HTTP_4XX if status < 500 else Outcome.HTTP_5XX


def _ended_early(chain: list[BaseException]) -> bool:
    """The connection broke within the body: requests reports it as ChunkedEncodingError, chunked or not."""
    if not any(isinstance(cause, rex.ChunkedEncodingError) for cause in chain):
        return False
    return all(cause.length == b"" for cause in chain if isinstance(cause, uex.InvalidChunkLength))
