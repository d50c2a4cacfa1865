"""Rows have the schema's columns, in its order."""

import pytest

from harness.model.call import Attempt, Call, Outcome
from harness.record.rows import attempt_row, call_row
from harness.record.schema import TABLES


def a_call(*attempts: Attempt) -> Call:
    call = Call(7, 1, "GET", "/orders", 1.0, 1.2, 1.1, 3.0, Outcome.HTTP_5XX, 503, error="busy", caller=4)
    call.attempts.extend(attempts)
    return call


def columns_of(call: Call) -> dict[str, object]:
    return dict(zip(TABLES["calls"].names, call_row(call), strict=True))


def test_a_call_says_who_made_it_when_and_how_it_ended() -> None:
    row = columns_of(a_call())

    assert (row["arrival"], row["step"], row["route"], row["caller"]) == (7, 1, "/orders", 4)
    assert (row["scheduled_s"], row["dispatched_s"], row["started_s"], row["ended_s"]) == (1.0, 1.1, 1.2, 3.0)
    assert (row["outcome"], row["status"], row["error"]) == ("http_5xx", 503, "busy")


@pytest.mark.parametrize(
    "column", ["throttle_s", "pool_wait_s", "connect_s", "tls_s", "first_byte_s", "body_s", "drain_s"]
)
def test_durations_of_attempts_are_summed(column: str) -> None:
    attempts = [Attempt(n, 0.0, "h") for n in range(3)]
    for attempt, seconds in zip(attempts, (0.25, 0.5, 1.0), strict=True):
        setattr(attempt, column, seconds)

    row = columns_of(a_call(*attempts))

    assert (row[column], row["attempts"]) == (1.75, 3)


def test_backoff_with_a_held_slot_has_a_column_of_its_own() -> None:
    row = columns_of(
        a_call(Attempt(0, 0.0, "h", backoff_s=0.25, backoff_held=True), Attempt(1, 0.0, "h", backoff_s=0.5))
    )

    assert (row["backoff_s"], row["backoff_held_s"]) == (0.5, 0.25)


def test_a_call_without_attempts_has_durations_of_0() -> None:
    row = columns_of(a_call())

    assert (row["attempts"], row["pool_wait_s"], row["backoff_held_s"]) == (0, 0.0, 0.0)


def test_an_attempt_has_a_column_for_each_of_its_fields() -> None:
    attempt = Attempt(2, 0.5, "h", pool_wait_s=0.25, new_connection=True, status=503, reason="503")

    row = dict(zip(TABLES["attempts"].names, attempt_row(a_call(attempt), attempt), strict=True))

    assert (row["arrival"], row["step"], row["number"], row["started_s"], row["host"]) == (7, 1, 2, 0.5, "h")
    assert (row["pool_wait_s"], row["new_connection"], row["status"], row["reason"]) == (
        0.25,
        True,
        503,
        "503",
    )


def test_a_duration_that_one_attempt_does_not_show_is_unknown_of_the_call() -> None:
    shown, hidden = Attempt(0, 0.0, "h", tls_s=0.25), Attempt(1, 0.0, "h", tls_s=None, stale=None)
    for attempts in ((shown, hidden), (hidden, shown)):
        assert columns_of(a_call(*attempts))["tls_s"] is None
    row = dict(zip(TABLES["attempts"].names, attempt_row(a_call(hidden), hidden), strict=True))
    assert (row["tls_s"], row["stale"], row["discarded"]) == (None, None, False)
