"""A run's guards, reduced to what a screen can show."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.data.guard_frames import LANES_AT_MOST
from tests.unit.dashboard.made_guards import A, B, eventful, guard_row, guarded, guards_of, plain, recorded


def test_the_host_that_was_open_longest_comes_first(tmp_path: Path) -> None:
    seen = guards_of(eventful(tmp_path))

    assert [(one.host, one.periods, one.n) for one in seen.opened] == [(A, 2, 8), (B, 0, 8)]
    assert seen.opened[0].total_s == pytest.approx(0.6)


def test_of_hosts_and_processes_the_strictest_value_is_a_line(tmp_path: Path) -> None:
    rows = [
        guard_row(0.2, "", process=0, budget_left_ratio=0.9),
        guard_row(0.3, "", process=1, budget_left_ratio=0.4),
        guard_row(0.2, A, refusal_ratio=0.1),
        guard_row(0.2, B, refusal_ratio=0.7),
    ]
    shares = guards_of(recorded(tmp_path, guarded(), rows)).shares

    assert dict(zip(shares["series"], shares["value"], strict=True)) == {
        "retry budget left": 0.4,
        "share that the throttle refuses": 0.7,
    }


def test_places_of_all_bulkheads_are_added_up(tmp_path: Path) -> None:
    rows = [
        guard_row(0.2, host, process=process, bulkhead_taken=3, bulkhead_waiting=1)
        for host in (A, B)
        for process in (0, 1)
    ]
    places = guards_of(recorded(tmp_path, guarded(), rows)).places

    assert dict(zip(places["series"], places["value"], strict=True)) == {
        "places taken": 12,
        "attempts waiting": 4,
    }


def test_the_limits_of_all_hosts_and_processes_are_added_up(tmp_path: Path) -> None:
    rows = [
        guard_row(0.2, host, process=process, limiter_limit=7.5, limiter_in_flight=6)
        for host in (A, B)
        for process in (0, 1)
    ]
    limits = guards_of(recorded(tmp_path, guarded(), rows)).limits

    assert dict(zip(limits["series"], limits["value"], strict=True)) == {
        "concurrency limit": 30.0,
        "attempts in flight": 24,
    }


def test_of_many_hosts_some_are_drawn_and_all_are_counted(tmp_path: Path) -> None:
    rows = [guard_row(0.2, f"http://{i:02}.test", breaker="closed") for i in range(30)]
    seen = guards_of(recorded(tmp_path, guarded(), rows))

    assert (seen.breakers["host"].nunique(), len(seen.opened)) == (LANES_AT_MOST, 30)


def test_a_plain_policy_has_nothing_to_show(tmp_path: Path) -> None:
    seen = guards_of(recorded(tmp_path, plain(), []))

    assert (seen.recorded, seen.declared, seen.sampled) == (True, False, False)


def test_a_run_without_the_table_is_not_recorded(tmp_path: Path) -> None:
    seen = guards_of(recorded(tmp_path, guarded(), [], table=False))

    assert (seen.recorded, seen.declared, seen.sampled) == (False, True, False)
