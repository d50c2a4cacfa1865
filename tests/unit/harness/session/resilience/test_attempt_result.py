"""The result of an attempt whose response is not used."""

from __future__ import annotations

from harness.session.resilience.attempt_result import AttemptResult
from harness.session.resilience.call_context import CallContext


class Response:
    """Notes what becomes of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def close(self) -> None:
        self.calls.append("close")

    def release_conn(self) -> None:
        self.calls.append("release_conn")


def test_a_response_that_is_not_used_is_closed_and_its_connection_returned() -> None:
    response = Response()
    AttemptResult(CallContext(None), response, None).close()
    assert response.calls == ["close", "release_conn"]


def test_an_error_has_nothing_to_close() -> None:
    AttemptResult(CallContext(None), None, ConnectionResetError()).close()
