"""From samples of guards to the periods in which they were at work."""

from __future__ import annotations

import pandas as pd
import pytest

from harness.analyse.measure.guards import (
    GuardActivity,
    activity,
    breaker_periods,
    exhausted_periods,
    readings,
    refusing_periods,
    used_up_periods,
)
from harness.record.schema import TABLES

A, B = "http://a:1", "http://b:2"


def made_samples(*rows: dict[str, object]) -> pd.DataFrame:
    """A guards table with these rows; a column that is not given is null."""
    blank = {"host": A, "process": 0, "breaker": None}
    frame = pd.DataFrame([blank | row for row in rows], columns=TABLES["guards"].names)
    numbers = [name for name in frame.columns if name not in ("host", "breaker", "process")]
    return frame.astype(dict.fromkeys(numbers, float))


def _breaker(states: str, host: str = A, process: int = 0, begin_s: float = 0.2) -> list[dict[str, object]]:
    """A sample each 0.2 s: c for closed, h for half-open, o for open, a blank for none."""
    names = {"c": "closed", "h": "half-open", "o": "open"}
    return [
        {"at_s": begin_s + i * 0.2, "host": host, "process": process, "breaker": names[state]}
        for i, state in enumerate(states)
        if state != " "
    ]


def _told(periods: pd.DataFrame) -> list[tuple[object, ...]]:
    return [
        tuple(round(v, 3) if isinstance(v, float) else v for v in row)
        for row in periods.itertuples(index=False)
    ]


def test_an_open_breaker_is_one_period_until_the_next_sample_that_says_otherwise() -> None:
    found = breaker_periods(made_samples(*_breaker("ccooohcc")))

    assert _told(found) == [
        (A, "closed", 0.2, 0.6),
        (A, "open", 0.6, 1.2),
        (A, "half-open", 1.2, 1.4),
        (A, "closed", 1.4, 1.8),
    ]


def test_each_host_has_periods_of_its_own() -> None:
    found = breaker_periods(made_samples(*_breaker("co"), *_breaker("cc", host=B)))

    assert [(row[0], row[1]) for row in _told(found)] == [(A, "closed"), (A, "open"), (B, "closed")]
    assert found.index.tolist() == [0, 1, 2]


def test_a_limit_is_used_up_while_as_many_whole_attempts_are_in_flight() -> None:
    rows = [
        {"at_s": i * 0.2, "host": A, "process": 0, "limiter_limit": 7.5, "limiter_in_flight": in_flight}
        for i, in_flight in enumerate([6, 7, 8, 6])
    ]

    assert _told(used_up_periods(made_samples(*rows))) == [(A, 0.2, 0.6)]


def test_a_silence_of_the_sampler_counts_for_one_second_at_most() -> None:
    found = breaker_periods(made_samples(*_breaker("o"), *_breaker("o", begin_s=5.0)))

    assert _told(found) == [(A, "open", 0.2, 1.2), (A, "open", 5.0, 5.2)]


def test_with_two_processes_the_strictest_state_holds() -> None:
    late = _breaker("coccc", process=1, begin_s=0.3)
    found = breaker_periods(made_samples(*_breaker("ccchc"), *late))

    assert _told(found) == [
        (A, "closed", 0.2, 0.5),
        (A, "open", 0.5, 0.7),
        (A, "closed", 0.7, 0.8),
        (A, "half-open", 0.8, 1.0),
        (A, "closed", 1.0, 1.3),
    ]


def test_a_budget_is_exhausted_where_no_retry_is_left() -> None:
    left = [1.0, 0.4, 0.0, 0.0, 0.1, 0.0]
    rows = [{"at_s": i * 0.2, "host": "", "budget_left_ratio": ratio} for i, ratio in enumerate(left)]

    assert _told(exhausted_periods(made_samples(*rows))) == [("", 0.4, 0.8), ("", 1.0, 1.2)]


def test_a_throttle_refuses_where_its_ratio_is_above_zero() -> None:
    rows = [{"at_s": i * 0.2, "refusal_ratio": ratio} for i, ratio in enumerate([0.0, 0.3, 0.0])]

    assert _told(refusing_periods(made_samples(*rows))) == [(A, 0.2, 0.4)]


def test_samples_without_the_guard_have_no_periods() -> None:
    samples = made_samples({"at_s": 0.2, "budget_left_ratio": 0.5, "host": ""})

    assert breaker_periods(samples).empty
    assert refusing_periods(samples).empty
    assert activity(readings(samples, "breaker"), breaker_periods(samples)) == []


def test_an_empty_table_has_no_periods() -> None:
    samples = made_samples()

    assert (len(breaker_periods(samples)), len(exhausted_periods(samples))) == (0, 0)
    assert activity(readings(samples, "budget_left_ratio"), exhausted_periods(samples)) == []


def test_activity_adds_up_the_periods_of_a_host_with_the_number_of_samples() -> None:
    samples = made_samples(*_breaker("ocoo"), *_breaker("cccc", host=B))
    periods = breaker_periods(samples)
    seen = activity(readings(samples, "breaker"), periods[periods["state"] == "open"])

    assert seen == [GuardActivity(A, pytest.approx(0.6), 2, 4, 1), GuardActivity(B, 0.0, 0, 4, 1)]
