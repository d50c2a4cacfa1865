"""From trials to bands and sentences."""

from __future__ import annotations

import pytest

from harness.analyse.range.boundary import posterior
from harness.analyse.range.conclusion import bands_of, conclusion, horizon_text, limit_of
from harness.analyse.range.step_controller import Found
from harness.analyse.range.trigger_test import next_rate, stable_up_to, trigger_faults
from harness.model.policy import Policy
from harness.model.range import UNFINISHED
from harness.model.scenario import Scenario
from tests.unit.harness.analyse.range.test_step_controller import trial

TRIALS = [
    trial(100, 0.0),
    trial(200, 0.0),
    trial(400, 0.6, measured="p99(latency), 412 ms", threshold="p99(latency) < 100ms"),
    trial(340, 0.004),
    trial(360, 0.02, measured="p99(latency), 131 ms", threshold="p99(latency) < 100ms"),
    trial(330, 0.002, "confirm", counted_s=60.0),
]
BOUNDED = Found("bounded", 330.0)


def after_trigger(rate_per_s, recovered):
    """A trigger test."""
    text = "the client recovered after 4.0 s" if recovered else "the client did not recover within 23.0 s"
    return trial(rate_per_s, 0.0 if recovered else 1.0, "trigger", measured=text)


def policy(total):
    return Policy.model_validate({"name": "p", "timeout": {"read_s": 0.5}, "retry": {"total": total}})


def test_a_recovered_trigger_makes_the_whole_limit_stable():
    trials = [*TRIALS, after_trigger(330, True)]
    limit = limit_of(trials, BOUNDED)
    assert limit is not None
    assert [b.name for b in bands_of(trials, limit, 330.0)] == ["stable", "overloaded"]
    text = conclusion(BOUNDED, trials, limit, 330.0)
    assert text.startswith(
        "Stable from 100/s to 330/s, confirmed for 60 s. First breach: p99(latency), 131 ms at 360/s"
    )


def test_a_failed_trigger_test_gives_a_vulnerable_band():
    trials = [*TRIALS, after_trigger(330, False), after_trigger(80, True)]
    limit = limit_of(trials, BOUNDED)
    names = [(b.name, b.from_per_s) for b in bands_of(trials, limit, 80.0)]
    assert names[:1] == [("vulnerable", 100.0)], "no trial shows that rates below 100/s keep the SLO"
    assert "vulnerable above 80.0/s: after the trigger at 330/s, the client did not recover" in conclusion(
        BOUNDED, trials, limit, 80.0
    )


def test_without_a_trigger_the_band_is_untested():
    assert bands_of(TRIALS, limit_of(TRIALS, BOUNDED), None)[0].name == "untested"


def test_without_a_safe_rate_the_conclusion_names_the_first_breach():
    trials = [trial(100, 0.3, measured="p99(latency), 2.10 s", threshold="p99(latency) < 1s")]
    text = conclusion(Found("none", 100.0), trials, None, None)
    assert text == "No tested rate is safe. First breach: p99(latency), 2.10 s at 100/s (p99(latency) < 1s)."


def test_without_a_breach_the_limit_is_the_ceiling():
    trials = [trial(950, 0.0), trial(1900, 0.0), trial(1900, 0.0, "confirm", counted_s=60.0)]
    end = Found("open", 1900.0)
    text = conclusion(end, trials, limit_of(trials, end), None)
    assert text.startswith(
        "Meets the SLO from 950/s to 1,900/s, confirmed for 60 s. No SLO breach was observed"
    )


def test_a_band_begins_at_the_lowest_rate_that_was_tried_and_held():
    first = bands_of(TRIALS, limit_of(TRIALS, BOUNDED), None)[0]
    assert (first.from_per_s, first.to_per_s) == (100.0, 330.0)


def test_a_claim_stands_for_the_run_that_confirmed_it():
    assert limit_of(TRIALS, BOUNDED).horizon_s == 60.0
    assert limit_of(TRIALS, BOUNDED, 600.0) is None
    soaked = [*TRIALS, trial(330, 0.002, "confirm", counted_s=600.0)]
    limit = limit_of(soaked, BOUNDED, 600.0)
    assert limit.horizon_s == 600.0
    assert "confirmed for 10 min" in conclusion(BOUNDED, soaked, limit, None)


def test_a_lower_rate_that_breaks_is_named_with_the_rates_that_hold():
    breach = {"measured": "p99(latency), 3.10 s", "threshold": "p99(latency) < 100ms"}
    trials = [
        trial(100, 0.0),
        trial(200, 0.2, "repeat", **breach),
        trial(330, 0.0, "confirm", counted_s=60.0),
    ]
    end = Found("non-monotone", 200.0)
    assert limit_of(trials, end) is None
    assert bands_of(trials, None, None) == ()
    assert conclusion(end, trials, None, None) == (
        "The SLO breaks at 200/s (p99(latency), 3.10 s; p99(latency) < 100ms), but holds at 330/s: bad calls do not "
        "grow with the rate alone, and no range is claimed."
    )


def test_a_limit_above_which_a_backlog_would_not_drain_says_so():
    slow = [*TRIALS, trial(600, 0.9, served_per_s=320.0)]
    limit = limit_of(slow, BOUNDED)
    assert not limit.drains
    assert "a backlog would not drain" in conclusion(BOUNDED, slow, limit, None)


@pytest.mark.parametrize(("total", "second"), [(4, 0.9 * 330 / 5), (1, 0.9 * 330 / 2)])
def test_after_a_failed_trigger_the_next_rate_follows_from_the_retries(total, second):
    assert next_rate([], 330.0, policy(total)) == 330.0
    assert next_rate([after_trigger(330, False)], 330.0, policy(total)) == pytest.approx(second)


def test_trigger_tests_end_with_recovery_at_the_limit_or_after_four():
    assert next_rate([after_trigger(330, True)], 330.0, policy(4)) is None
    failed = [after_trigger(r, False) for r in (330, 60, 30, 15)]
    assert next_rate(failed, 330.0, policy(4)) is None
    assert stable_up_to(failed, 330.0) == 0.0
    assert (
        stable_up_to([after_trigger(330, False), after_trigger(60, True), after_trigger(140, True)], 330.0)
        == 140.0
    )


def test_the_trigger_is_the_scenario_s_own_faults_or_a_pause():
    base = {
        "name": "s",
        "upstream": "u",
        "journey": "m:f",
        "arrivals": ({"rate_per_s": 1.0, "duration_s": 60.0},),
    }
    fault = {"at_s": 30.0, "for_s": 5.0, "fault": {"kind": "latency", "add_s": 0.3}}
    own = trigger_faults(Scenario.model_validate({**base, "timeline": (fault,)}), policy(1))
    assert [(f.fault.kind, f.at_s, f.for_s) for f in own] == [("latency", 4.0, 5.0)]
    default = trigger_faults(Scenario.model_validate(base), policy(1))
    assert [(f.fault.kind, f.for_s) for f in default] == [("pause", 4.0)]


def test_the_boundary_lies_below_the_lowest_rate_that_surely_broke():
    limit = limit_of(TRIALS, BOUNDED)
    assert (limit.value, limit.low) == (330.0, 330.0)
    assert 330.0 < limit.high <= 400.0


def test_an_open_limit_has_no_upper_bound():
    trials = [trial(950, 0.0), trial(1900, 0.0), trial(1900, 0.0, "confirm", counted_s=60.0)]
    assert limit_of(trials, Found("open", 1900.0)).high is None


def test_below_a_limit_recovery_up_to_a_rate_divides_stable_from_vulnerable():
    bands = bands_of(TRIALS, limit_of(TRIALS, BOUNDED), 200.0)
    assert [(b.name, b.from_per_s, b.to_per_s) for b in bands[:2]] == [
        ("stable", 100.0, 200.0),
        ("vulnerable", 200.0, 330.0),
    ]


def test_overload_begins_where_the_boundary_must_have_been_passed():
    limit = limit_of(TRIALS, BOUNDED)
    assert [(b.from_per_s, b.to_per_s) for b in bands_of(TRIALS, limit, None)[1:]] == [(limit.high, None)]


def test_without_a_limit_overload_begins_at_the_lowest_rate_that_broke():
    bands = bands_of([trial(100, 0.3), trial(80, 0.2)], None, None)
    assert [(b.name, b.from_per_s) for b in bands] == [("overloaded", 80.0)]


def test_every_rate_that_holds_above_one_that_breaks_is_named():
    breach = {"measured": "p99(latency), 3.10 s", "threshold": "p99(latency) < 100ms"}
    holding = [trial(rate, 0.0) for rate in (330, 250, 300, 300)]
    text = conclusion(Found("non-monotone", 200.0), [trial(200, 0.2, **breach), *holding], None, None)
    assert "but holds at 250/s, 300/s and 330/s: " in text


def test_an_unfinished_search_concludes_nothing():
    assert conclusion(None, TRIALS, None, None) == UNFINISHED


def test_without_a_confirmed_rate_the_number_of_invalid_trials_is_stated():
    late = [trial(100, 0.0, invalid="the generator was late"), trial(50, 0.0)]
    assert conclusion(Found("unsettled", 0.0), late, None, None) == (
        "No rate could be confirmed: 1 of 2 trials were invalid, the last because the generator was late."
    )


def test_a_search_that_has_not_ended_claims_the_shortest_horizon():
    assert limit_of(TRIALS, None, 600.0).horizon_s == 60.0


@pytest.mark.parametrize(
    ("horizon_s", "text"),
    [
        (None, "an unknown time"),
        (60.0, "60 s"),
        (90.0, "90 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (150.0, "150 s"),
    ],
)
def test_a_horizon_of_whole_minutes_from_two_on_is_stated_in_minutes(horizon_s, text):
    assert horizon_text(horizon_s) == text


def test_a_backlog_that_drains_just_above_the_limit_is_not_mentioned():
    """The rate at which a backlog was served counts with two standard deviations, and has to be 5% above the limit."""
    for served_per_s, drains in ((325.0, False), (350.0, True)):
        slow = [*TRIALS, trial(600, 0.9, served_per_s=served_per_s)]
        assert limit_of(slow, BOUNDED).drains is drains


def test_where_no_rate_surely_broke_the_boundary_lies_below_the_95_percent_quantile():
    kept = [trial(100, 0.0), trial(200, 0.0), trial(330, 0.002, "confirm", counted_s=60.0)]
    trials = [*kept, trial(400, 0.02, effective_n=50.0)]
    assert limit_of(trials, BOUNDED).high == posterior(trials).quantile(0.95) > 400.0


def test_what_was_served_with_a_backlog_does_not_bound_the_boundary_from_above():
    """The upstream may have been slow just then."""
    kept = [trial(100, 0.0), trial(200, 0.0), trial(330, 0.002, "confirm", counted_s=60.0)]
    slow, unknown = ([*kept, trial(800, 0.9, served_per_s=served)] for served in (350.0, None))
    assert limit_of(slow, BOUNDED).high == limit_of(unknown, BOUNDED).high
