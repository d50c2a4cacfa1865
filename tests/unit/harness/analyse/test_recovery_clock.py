"""The clock of an incident, second by second."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analyse.recovery_clock import RecoveryClock, recovery_clock

TRIGGER_S = (8.0, 12.0)


def _seconds(
    goodput: list[float], p99_s: list[float] | float = 0.05, offered: float = 100.0, errors: float = 0.0
) -> pd.DataFrame:
    at_s = np.arange(len(goodput), dtype=float)
    return pd.DataFrame(
        {
            "at_s": at_s,
            "offered": offered,
            "ended": np.asarray(goodput) + errors,
            "goodput": goodput,
            "p99_s": p99_s,
        }
    )


def _at(
    now_s: float, goodput: list[float], p99_s: list[float] | float = 0.05, limit_s: float | None = 0.1
) -> RecoveryClock:
    return recovery_clock(_seconds(goodput, p99_s), 1.0, TRIGGER_S, limit_s, now_s)


WELL, ILL = [100.0], [20.0]


def test_before_and_during_the_trigger_it_counts_down() -> None:
    assert (_at(5, WELL * 5).phase, _at(5, WELL * 5).since_s) == ("before", 3.0)
    assert (_at(10, WELL * 10).phase, _at(10, WELL * 10).since_s) == ("trigger", 2.0)


def test_after_the_trigger_it_runs_until_five_seconds_of_recovery() -> None:
    course = WELL * 8 + ILL * 10 + WELL * 20
    still = _at(22, course[:22])
    assert (still.phase, still.since_s, still.held_s) == ("waiting", 10.0, 3.0)
    back = _at(24, course[:24])
    assert (back.phase, back.since_s) == ("back", 7.0)


def test_the_time_that_it_took_does_not_change_any_more() -> None:
    course = WELL * 8 + ILL * 10 + WELL * 20
    assert _at(38, course).since_s == _at(24, course[:24]).since_s


def test_a_slow_p99_keeps_it_running_although_goodput_is_back() -> None:
    slow = _at(30, WELL * 30, p99_s=0.4)
    assert (slow.phase, slow.enough_good, slow.p99_well) == ("waiting", True, False)


def test_an_slo_without_a_p99_requires_goodput_alone() -> None:
    assert _at(30, WELL * 30, p99_s=0.4, limit_s=None).phase == "back"


def test_a_relapse_begins_the_five_seconds_anew() -> None:
    assert _at(20, WELL * 16 + ILL + WELL * 3).held_s < 4
    assert _at(20, WELL * 16 + ILL + WELL * 3).phase == "waiting"


def test_a_relapse_after_five_good_seconds_is_no_recovery() -> None:
    course = WELL * 20 + ILL * 3
    assert _at(20, course[:20]).phase == "back"
    assert _at(23, course).phase == "waiting"


def test_a_total_outage_is_no_recovery_although_no_call_ends_and_nothing_seems_to_be_offered() -> None:
    seconds = _seconds(WELL * 8 + [0.0] * 20, [0.05] * 8 + [np.nan] * 20)
    seconds.loc[seconds["at_s"] >= 12, ["offered", "ended"]] = 0.0
    clock = recovery_clock(seconds, 1.0, TRIGGER_S, 0.1, 28.0)
    assert (clock.phase, clock.held_s, clock.enough_good, clock.p99_well) == ("waiting", 0.0, False, False)


def test_an_outage_without_a_limit_of_latency_is_no_recovery_either() -> None:
    seconds = _seconds(WELL * 8 + [0.0] * 20, [0.05] * 8 + [np.nan] * 20)
    assert recovery_clock(seconds, 1.0, TRIGGER_S, None, 28.0).phase == "waiting"


def test_a_second_that_is_not_over_does_not_count() -> None:
    assert _at(16.9, WELL * 17).phase == "waiting"
    assert _at(17.0, WELL * 17).phase == "back"


def test_a_run_without_a_call_has_nothing_to_tell() -> None:
    none = recovery_clock(_seconds([]), 1.0, TRIGGER_S, 0.1, 13.0)
    assert (none.phase, none.good_ratio, none.p99_s) == ("waiting", None, None)


def test_few_missing_calls_a_second_are_no_recovery_where_they_add_up() -> None:
    """At 10 calls a second 8 good ones are within chance for two seconds, and not for five."""
    clock = recovery_clock(_seconds([10.0] * 12 + [8.0] * 12, offered=10.0), 1.0, TRIGGER_S, None, 24.0)
    assert (clock.phase, clock.held_s) == ("waiting", 0.0)


def test_a_backlog_that_is_worked_off_does_not_hide_calls_that_fail() -> None:
    """As many calls succeed as are offered, and as many again fail."""
    clock = recovery_clock(_seconds([100.0] * 24, errors=100.0), 1.0, TRIGGER_S, None, 24.0)
    assert (clock.phase, clock.good_ratio, clock.enough_good) == ("waiting", 0.5, False)


def test_a_p99_that_failed_calls_reach_does_not_meet_its_limit() -> None:
    late = _at(30, WELL * 30, p99_s=float("inf"))
    assert (late.phase, late.p99_s, late.p99_well) == ("waiting", float("inf"), False)


def test_without_a_limit_of_p99_failed_calls_count_by_their_share_alone() -> None:
    assert _at(30, WELL * 30, p99_s=float("inf"), limit_s=None).phase == "back"


def test_before_the_trigger_is_over_nothing_has_been_held() -> None:
    assert (_at(5, WELL * 5).held_s, _at(10, WELL * 10).held_s) == (0.0, 0.0)


def test_the_p99_shown_is_that_of_the_last_whole_second() -> None:
    assert _at(3, WELL * 3, p99_s=[0.1, 0.2, 0.3]).p99_s == 0.3
    assert _at(3, WELL * 3, p99_s=[0.1, np.nan, 0.3]).p99_s == 0.3
    assert _at(3, WELL * 3, p99_s=[0.1, 0.2, np.nan]).p99_s is None


def test_a_p99_at_its_limit_meets_it() -> None:
    clock = _at(30, WELL * 30, p99_s=0.1, limit_s=0.1)
    assert (clock.phase, clock.p99_well) == ("back", True)


def test_in_shorter_bins_it_counts_the_same_five_seconds() -> None:
    course = WELL * 16 + ILL * 20 + WELL * 24  # of half seconds
    seconds = _seconds([100.0 * share / 100.0 for share in course])
    seconds["at_s"] /= 2.0
    back = recovery_clock(seconds, 0.5, TRIGGER_S, 0.1, 30.0)
    assert (back.phase, back.since_s, back.held_s) == ("back", 7.5, 10.5)
    assert recovery_clock(seconds, 0.5, TRIGGER_S, 0.1, 24.0).phase == "waiting"


def test_a_client_just_above_the_wanted_share_has_recovered() -> None:
    assert _at(30, [95.5] * 30).phase == "back"


def test_a_recovery_that_is_taken_back_as_calls_go_on_missing_has_held_for_nothing() -> None:
    """At 10 calls a second 9 good ones are within chance for twelve seconds, and not for twenty."""
    seconds = _seconds([10.0] * 12 + [9.0] * 21, offered=10.0)
    assert recovery_clock(seconds, 1.0, TRIGGER_S, None, 24.0).phase == "back"
    later = recovery_clock(seconds, 1.0, TRIGGER_S, None, 33.0)
    assert (later.phase, later.held_s) == ("waiting", 0.0)


def test_nineteen_of_twenty_calls_have_to_be_good_however_uneven_they_may_be_by_chance() -> None:
    """Of 400 in two seconds, 377: with three calls of slack."""
    for good, phase in ((187.0, "waiting"), (189.0, "back")):
        clock = recovery_clock(_seconds([good] * 17, offered=200.0), 1.0, TRIGGER_S, None, 17.0)
        assert clock.phase == phase


def test_at_the_end_of_the_trigger_the_clock_begins() -> None:
    clock = _at(12, WELL * 12)
    assert (clock.phase, clock.since_s) == ("waiting", 0.0)
    assert (_at(8, WELL * 8).phase, _at(8, WELL * 8).since_s) == ("trigger", 4.0)


def test_a_share_of_nineteen_in_twenty_is_enough() -> None:
    enough = [RecoveryClock("waiting", 1.0, 0.0, share, None, None).enough_good for share in (0.949, 0.95)]
    assert enough == [False, True]
