"""What a status or an exception is called, however requests and urllib3 have wrapped it."""

from __future__ import annotations

import http.client

import pytest
import requests.exceptions as rex
import urllib3.exceptions as uex

from harness.model.call import Outcome
from harness.session.errors import BreakerOpen, DeadlineExceeded, TargetRefused
from harness.session.outcome import of_status, outcome_of, outcome_of_handshake

POOL = object()


def _after_retries(cause: Exception) -> rex.ConnectionError:
    """As requests raises what urllib3 gave up on."""
    return rex.ConnectionError(uex.MaxRetryError(POOL, "/", cause))  # type: ignore[arg-type]


def _in_body(cause: BaseException) -> rex.ChunkedEncodingError:
    """As requests raises what broke while it read a body."""
    return rex.ChunkedEncodingError(uex.ProtocolError("Connection broken", cause))


def _bad_chunk(length: bytes) -> uex.InvalidChunkLength:
    response = type("Response", (), {"tell": lambda self: 0, "length_remaining": 0})()
    return uex.InvalidChunkLength(response, length)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "ok"),
        (302, "ok"),
        (399, "ok"),
        (400, "http_4xx"),
        (429, "http_4xx"),
        (499, "http_4xx"),
        (500, "http_5xx"),
    ],
)
def test_a_status_below_400_is_a_success(status: int, outcome: str) -> None:
    assert of_status(status).value == outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (rex.TooManyRedirects(), Outcome.REDIRECT_LOOP),
        (rex.ContentDecodingError(), Outcome.DECODE),
        (_after_retries(uex.ProxyError("no", OSError())), Outcome.PROXY),
        (_after_retries(uex.SSLError("no")), Outcome.TLS),
        (_after_retries(uex.NewConnectionError(POOL, "no")), Outcome.CONNECT_REFUSED),  # type: ignore[arg-type]
        (
            rex.ConnectTimeout(uex.MaxRetryError(POOL, "/", uex.ConnectTimeoutError())),
            Outcome.CONNECT_TIMEOUT,
        ),  # type: ignore[arg-type]
        (_after_retries(uex.ReadTimeoutError(POOL, "/", "no")), Outcome.READ_TIMEOUT),  # type: ignore[arg-type]
        (uex.EmptyPoolError(POOL, "no"), Outcome.POOL_TIMEOUT),  # type: ignore[arg-type]
        (_after_retries(uex.ProtocolError("aborted", ConnectionResetError())), Outcome.PROTOCOL),
        (rex.InvalidHeader(), Outcome.PROTOCOL),
        (http.client.BadStatusLine("x"), Outcome.PROTOCOL),
        (BreakerOpen("open"), Outcome.BREAKER_OPEN),
        (_after_retries(DeadlineExceeded("over")), Outcome.DEADLINE),
        (ValueError("their own"), Outcome.FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.value,
)
def test_the_deepest_known_cause_names_the_outcome(error: Exception, outcome: Outcome) -> None:
    assert outcome_of(error) is outcome


def test_behind_a_proxy_s_failure_nothing_is_looked_for() -> None:
    refused = uex.NewConnectionError(POOL, "no")  # type: ignore[arg-type]
    assert outcome_of(_after_retries(uex.ProxyError("no", refused))) is Outcome.PROXY


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(503, Outcome.HTTP_5XX), (400, Outcome.HTTP_4XX), (399, Outcome.PROTOCOL), (0, Outcome.PROTOCOL)],
)
def test_retries_that_ran_out_on_responses_are_called_by_the_last_status(
    status: int, outcome: Outcome
) -> None:
    error = rex.RetryError(uex.MaxRetryError(POOL, "/", uex.ResponseError("too many")))  # type: ignore[arg-type]
    assert outcome_of(error, status) is outcome


def test_a_body_that_ends_early_is_truncated() -> None:
    assert outcome_of(_in_body(http.client.IncompleteRead(b"half"))) is Outcome.TRUNCATED
    assert outcome_of(_in_body(ConnectionResetError())) is Outcome.TRUNCATED


def test_a_chunk_that_is_missing_is_truncated_and_one_that_is_wrong_is_a_fault_of_the_protocol() -> None:
    assert outcome_of(_in_body(_bad_chunk(b""))) is Outcome.TRUNCATED
    assert outcome_of(_in_body(_bad_chunk(b"zz"))) is Outcome.PROTOCOL


def test_a_reset_before_the_body_is_not_truncated() -> None:
    assert (
        outcome_of(_after_retries(uex.ProtocolError("aborted", ConnectionResetError()))) is Outcome.PROTOCOL
    )


@pytest.mark.parametrize(
    ("error", "encrypts", "outcome"),
    [
        (uex.ReadTimeoutError(POOL, "/", "no"), True, Outcome.CONNECT_TIMEOUT),  # type: ignore[arg-type]
        (uex.ReadTimeoutError(POOL, "/", "no"), False, Outcome.CONNECT_TIMEOUT),  # type: ignore[arg-type]
        (ConnectionResetError(), True, Outcome.TLS),
        (ConnectionResetError(), False, Outcome.PROTOCOL),
        (uex.NewConnectionError(POOL, "no"), True, Outcome.CONNECT_REFUSED),  # type: ignore[arg-type]
        (TargetRefused("target", "h", "no"), True, Outcome.TARGET_REFUSED),
    ],
)
def test_what_fails_while_a_connection_is_opened(error: Exception, encrypts: bool, outcome: Outcome) -> None:
    assert outcome_of_handshake(error, encrypts=encrypts) is outcome
