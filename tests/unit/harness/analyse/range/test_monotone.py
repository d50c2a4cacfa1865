"""Rates that break an SLO below one that keeps it, and gaps between the rates that were tried."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from harness.analyse.range.monotone import (
    GAP,
    Doubt,
    doubt,
    keeping,
    lowest_kept,
    surely_broken,
    untried_below,
)
from tests.unit.harness.analyse.range.test_step_controller import trial

ALLOWED = 0.01


def seen(rate_per_s, bad, of, **fields):
    """A trial of so many independent calls, of which so many were bad."""
    fields = {"n": of, "effective_n": of, "counted_s": 10.0, "load_s": 11.0, **fields}
    return trial(rate_per_s, bad / of, **fields)


def bursty(rate_per_s, bad, of, burst):
    """One whose bad calls come in bursts of so many calls."""
    return seen(rate_per_s, bad, of, effective_n=of / burst)


BREAKS, KEEPS = seen(200.0, 100, 1000), seen(400.0, 0, 1000)


def test_a_rate_that_breaks_below_one_that_keeps_the_slo_is_in_doubt():
    assert doubt([BREAKS, KEEPS]) == Doubt(200.0, 10.0, certain=True)


def test_bad_calls_that_grow_with_the_rate_leave_no_doubt():
    assert doubt([seen(100.0, 0, 1000), seen(200.0, 0, 1000), seen(400.0, 100, 1000)]) is None


def test_the_lowest_of_several_rates_in_doubt_is_named():
    found = doubt([seen(300.0, 100, 1000), KEEPS, BREAKS])
    assert found is not None
    assert found.rate_per_s == 200.0


def test_a_rate_whose_trials_together_keep_the_slo_is_not_in_doubt():
    """And the next higher one is looked at."""
    together = [seen(200.0, 11, 1000), seen(200.0, 9, 1000)]
    assert doubt([*together, KEEPS]) is None
    assert doubt([*together, KEEPS, seen(250.0, 100, 1000)]).rate_per_s == 250.0


def test_trials_at_one_rate_count_by_their_calls():
    """Fourteen bad calls of 400 and none of 1,200 are less than 1%, although the shares' mean is 1.75%."""
    assert doubt([seen(200.0, 14, 400), seen(200.0, 0, 1200), KEEPS]) is None
    together = doubt([seen(200.0, 14, 400), seen(200.0, 0, 800, counted_s=20.0), KEEPS])
    assert together == Doubt(200.0, 30.0, certain=False)


def test_the_strictest_threshold_of_the_trials_at_one_rate_applies():
    lenient = seen(200.0, 15, 1000, allowed_ratio=0.02)
    assert doubt([lenient, seen(200.0, 15, 1000), KEEPS]) is not None


def test_rates_within_a_percent_are_the_same_rate():
    assert doubt([BREAKS, seen(201.0, 0, 30_000), KEEPS]) is None
    assert doubt([BREAKS, seen(199.0, 0, 30_000), KEEPS]) is None
    assert doubt([BREAKS, seen(203.0, 0, 30_000), KEEPS]) is not None
    assert doubt([BREAKS, seen(197.0, 0, 30_000), KEEPS]) is not None


@pytest.mark.parametrize("rate_per_s", [200.0 * 1.01, 200.0 / 1.01])
def test_rates_a_whole_percent_apart_are_two(rate_per_s):
    assert doubt([BREAKS, seen(rate_per_s, 0, 30_000), KEEPS]) is not None


@pytest.mark.parametrize("higher", [205.0, 219.9])
def test_a_rate_less_than_a_tenth_higher_proves_nothing(higher):
    assert doubt([BREAKS, seen(higher, 0, 1000)]) is None


def test_a_rate_a_tenth_higher_that_keeps_the_slo_is_enough():
    assert keeping([seen(100.0 * 1.1, 0, 1000)], above_per_s=100.0)


def test_a_few_calls_that_were_all_good_may_be_chance():
    """The chance that none of n calls is bad where 1% are is 0.99ⁿ, and 5% at 299."""
    assert keeping([seen(400.0, 0, 298)], above_per_s=200.0) == []
    assert len(keeping([seen(400.0, 0, 299)], above_per_s=200.0)) == 1


def test_bad_calls_that_are_few_by_chance_prove_nothing():
    """Of 1,000 calls with 1% bad in truth, four or fewer are bad in 2.9% of the cases, and five in 6.6%."""
    assert len(keeping([seen(400.0, 4, 1000)], above_per_s=200.0)) == 1
    assert keeping([seen(400.0, 5, 1000)], above_per_s=200.0) == []


def test_a_trial_that_breaks_the_slo_does_not_keep_it():
    assert keeping([seen(400.0, 20, 1000)], above_per_s=200.0) == []


@given(st.integers(1, 60), st.integers(200, 3000))
def test_a_rate_is_certainly_broken_where_so_many_bad_calls_are_rare_at_the_limit(bad, of):
    """A binomial test at 1%."""
    chance = float(binom.sf(bad - 1, of, ALLOWED))
    assert (surely_broken([seen(200.0, bad, of)], 100.0) == 200.0) == (bad / of > ALLOWED and chance < 0.01)


def test_the_lowest_rate_above_another_that_surely_breaks_is_named():
    trials = [seen(rate, 100, 1000) for rate in (500.0, 200.0, 300.0, 400.0)]
    assert surely_broken(trials, above_per_s=200.0) == 300.0
    assert surely_broken(trials, above_per_s=500.0) is None


def test_bad_calls_in_one_burst_count_as_one():
    assert surely_broken([seen(200.0, 30, 1000)], above_per_s=100.0) == 200.0
    assert surely_broken([bursty(200.0, 30, 1000, burst=30.0)], above_per_s=100.0) is None


def test_bursts_that_another_trial_showed_count_for_a_trial_that_is_too_short_to_show_them():
    """A burst of 100 calls at 200/s lasts 0.5 s: 1,000 calls at 400/s had time for five, not for a thousand."""
    assert keeping([bursty(200.0, 100, 1000, burst=100.0), KEEPS], above_per_s=200.0) == []


def test_one_bad_call_of_one_is_rare_where_one_of_a_thousand_is_allowed():
    assert surely_broken([seen(200.0, 1, 1, allowed_ratio=0.001)], above_per_s=100.0) == 200.0


def test_the_next_rate_is_in_the_widest_gap_below_a_limit():
    """From 100/s to 300/s four steps of 1.316 are near enough, three of 1.442 are not."""
    tried = [seen(rate, 0, 1000) for rate in (80.0, 100.0, 300.0)]
    assert untried_below(300.0, tried) == pytest.approx(100.0 * 3.0**0.25)


def test_two_steps_are_enough_for_a_gap_a_little_too_wide():
    assert untried_below(100.0, [seen(rate, 0, 1000) for rate in (30.0, 37.0, 48.0, 60.0, 78.0)]) is None
    assert untried_below(100.0, [seen(rate, 0, 1000) for rate in (30.0, 37.0, 48.0, 60.0, 71.0)]) == (
        pytest.approx(71.0 * (100.0 / 71.0) ** 0.5)
    )


def test_a_rate_that_broke_leaves_its_gap_untried():
    kept = [seen(rate, 0, 1000) for rate in (30.0, 37.0, 48.0, 60.0)]
    assert untried_below(100.0, [*kept, seen(78.0, 100, 1000)]) == pytest.approx(60.0 * (100 / 60) ** 0.5)


@given(st.floats(1.0, 10_000.0), st.lists(st.floats(0.01, 1.5), max_size=6))
def test_trying_what_is_untried_closes_every_gap_down_to_a_quarter_of_the_limit(limit_per_s, shares):
    trials = [seen(limit_per_s * share, 0, 1000) for share in shares]
    for _ in range(20):
        rate_per_s = untried_below(limit_per_s, trials)
        if rate_per_s is None:
            break
        assert rate_per_s < limit_per_s
        trials.append(seen(rate_per_s, 0, 1000))
    rates = sorted({t.rate_per_s for t in trials if t.rate_per_s < limit_per_s} | {limit_per_s})
    assert max(high / low for low, high in pairwise(rates)) <= GAP * 1.001 or rates[0] < limit_per_s / 6
    assert min(rates) <= limit_per_s / 4 * GAP


def test_rates_that_reach_down_to_a_quarter_of_the_limit_and_a_step_above_are_enough():
    """From 33/s on: a step of 1.32 above 25/s."""
    assert untried_below(100.0, [seen(rate, 0, 1000) for rate in (33.0, 43.5, 57.4, 75.76)]) is None
    assert untried_below(100.0, [seen(rate, 0, 1000) for rate in (33.1, 43.6, 57.5, 75.76)]) is not None


def test_a_trial_worth_less_than_one_call_proves_nothing():
    tiny = {"effective_n": 0.3}
    assert surely_broken([seen(200.0, 10, 10, **tiny)], above_per_s=100.0) is None
    assert keeping([seen(400.0, 0, 10, **tiny)], above_per_s=200.0) == []


def test_the_first_rate_tried_below_a_limit_is_near_a_quarter_of_it():
    assert 100.0 / 4 / GAP < untried_below(100.0, []) <= 100.0 / 4 * GAP


def test_a_band_begins_at_the_lowest_rate_that_kept_the_slo():
    trials = [seen(50.0, 100, 1000), seen(80.0, 0, 1000), seen(100.0, 0, 1000)]
    assert lowest_kept(100.0, trials) == 80.0


def test_a_band_without_a_rate_that_kept_the_slo_begins_at_its_limit():
    assert lowest_kept(100.0, [seen(50.0, 100, 1000), seen(120.0, 0, 1000)]) == 100.0
    assert lowest_kept(100.0, [seen(100.0, 0, 1000)]) == 100.0
