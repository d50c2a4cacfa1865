"""The table of quantities fits the calls that it is about, and what is made from it."""

from dataclasses import fields

import pytest

from harness.model import quantities
from harness.model.call import Attempt, Call
from harness.model.quantities import BACKOFF, BY_NAME, DURATIONS, LATENCY, OTHER, PARTS, Duration, seconds_of


def a_call(*attempts: Attempt) -> Call:
    call = Call(0, 0, "GET", "/", scheduled_s=1.0, started_s=1.5, dispatched_s=1.2, ended_s=3.0)
    call.attempts.extend(attempts)
    return call


def the(name: str) -> Duration:
    row = BY_NAME[name]
    assert isinstance(row, Duration)
    return row


def test_every_duration_that_an_attempt_measures_has_a_row() -> None:
    measured = {field.name for field in fields(Attempt) if str(field.type).startswith("float")} - {
        "started_s"
    }

    assert {row.field for row in DURATIONS if not row.between} == measured


@pytest.mark.parametrize("row", [row for row in DURATIONS if row.between], ids=lambda row: row.name)
def test_a_duration_between_two_moments_is_what_the_call_says(row: Duration) -> None:
    call = a_call()
    assert row.between is not None
    begin, end = (getattr(call, moment) for moment in row.between)

    assert seconds_of(row)(call) == pytest.approx(end - begin)


@pytest.mark.parametrize("waits_s", [(), (0.1,), (0.1, 0.2, 0.3)])
def test_a_duration_of_attempts_is_their_sum(waits_s: tuple[float, ...]) -> None:
    call = a_call(*(Attempt(n, 0.0, "h", pool_wait_s=wait_s) for n, wait_s in enumerate(waits_s)))

    assert seconds_of(the("pool_wait"))(call) == pytest.approx(sum(waits_s))


def test_backoff_counts_whether_a_slot_was_held_or_not() -> None:
    call = a_call(Attempt(0, 0.0, "h", backoff_s=0.1, backoff_held=True), Attempt(1, 0.0, "h", backoff_s=0.2))

    assert seconds_of(BACKOFF)(call) == pytest.approx(0.3)


def test_no_two_parts_share_a_title_or_a_hue() -> None:
    assert len({part.title for part in PARTS}) == len({part.hue for part in PARTS}) == len(PARTS)


def test_the_parts_name_every_column_of_a_call_but_the_handshake_which_is_within_connect() -> None:
    columns = {column for row in DURATIONS for column in row.columns} - set(LATENCY.columns)

    assert {part.column for part in PARTS if part is not OTHER} == columns - {"tls_s"}


def test_names_of_measurements_are_unique_and_have_a_title() -> None:
    for names in (quantities.SHOWN, quantities.KEY, quantities.COMPARED):
        assert len(set(names)) == len(names)
        assert set(names) <= set(quantities.TITLES)


@pytest.mark.parametrize(
    ("name", "title"),
    [("latency.p999", "Latency p99.9"), ("pool_wait.p99", "Pool wait p99"), ("latency.max", "Latency max")],
)
def test_a_statistic_of_a_duration_has_a_title(name: str, title: str) -> None:
    assert quantities.TITLES[name] == title


@pytest.mark.parametrize(
    ("name", "unit"), [("latency.p99", "s"), ("goodput", "1/s"), ("calls", "count"), ("error_ratio", "ratio")]
)
def test_a_measurement_has_the_unit_of_its_quantity(name: str, unit: str) -> None:
    assert quantities.unit_of(name) == unit


def test_thresholds_name_the_durations_that_docs_promise() -> None:
    assert set(quantities.SLO_DURATIONS) == {
        "latency",
        "thread_wait",
        "pool_wait",
        "limiter_wait",
        "connect",
        "backoff",
    }
