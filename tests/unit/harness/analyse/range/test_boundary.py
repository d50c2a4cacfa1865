"""Where trials say that an SLO begins to break, and what each of them is worth for that."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from harness.analyse.range.boundary import burst_s, posterior, within_capacity, worth
from tests.unit.harness.analyse.range.test_step_controller import trial

RATES = (100.0, 200.0, 300.0, 350.0, 400.0)


def along(boundary_per_s, slope=30.0, rates=RATES, **fields):
    """Trials whose share of bad calls follows the model without noise."""
    return [trial(r, float(expit(logit(0.01) + slope * np.log(r / boundary_per_s))), **fields) for r in rates]


@pytest.mark.parametrize("boundary_per_s", [20.0, 363.0, 5000.0])
def test_the_boundary_is_found_where_the_trials_have_it(boundary_per_s):
    found = posterior(along(boundary_per_s, rates=boundary_per_s * np.array([0.5, 0.9, 0.97, 1.03, 1.1])))
    assert found.quantile(0.05) < boundary_per_s < found.quantile(0.95)
    assert found.quantile(0.5) == pytest.approx(boundary_per_s, rel=0.02)


def test_the_posterior_is_a_distribution_over_the_rates_within_reach():
    found = posterior(along(363.0))
    assert found.chances.sum() == pytest.approx(1.0)
    assert (found.rates_per_s[0], found.rates_per_s[-1]) == (pytest.approx(100 / 6), pytest.approx(2400.0))
    assert np.max(np.diff(np.log(found.rates_per_s))) <= 0.005


def test_a_rate_beyond_reach_is_certainly_below_or_above():
    found = posterior(along(363.0))
    assert (found.below(1.0), found.below(1e6)) == (0.0, 1.0)
    assert found.below(found.quantile(0.3)) == pytest.approx(0.3)


def test_more_samples_narrow_the_posterior_and_the_spread_is_the_median_over_the_5_percent_quantile():
    few, many = (posterior(along(363.0, effective_n=n)) for n in (50.0, 2000.0))
    assert 1.0 < many.spread < few.spread
    assert few.spread == pytest.approx(few.quantile(0.5) / few.quantile(0.05))


def test_the_slope_is_that_of_the_trials():
    steep, gentle = (posterior(along(363.0, slope)).slope for slope in (60.0, 8.0))
    assert gentle == pytest.approx(8.0, rel=0.4)
    assert steep > 3 * gentle


def test_a_few_bad_calls_at_any_rate_do_not_move_the_boundary_far_below():
    """Two in a thousand are taken to be bad at any rate."""
    clean, dirty = (
        along(363.0),
        [t.model_copy(update={"bad_ratio": max(t.bad_ratio, 0.001)}) for t in along(363.0)],
    )
    assert posterior(dirty).quantile(0.5) == pytest.approx(posterior(clean).quantile(0.5), rel=0.02)


def test_bursts_last_as_long_as_the_calls_of_one():
    """A burst of 40 calls at 200/s lasts 0.2 s."""
    assert burst_s([trial(200.0, 0.05, effective_n=100.0)]) == pytest.approx(0.2)


def test_trials_count_for_the_length_of_bursts_by_their_bad_calls():
    long, short = trial(200.0, 0.03, effective_n=100.0), trial(400.0, 0.01, effective_n=400.0)
    assert burst_s([long, short]) == pytest.approx((3 * 0.2 + 1 * 0.025) / 4)


@pytest.mark.parametrize(("bad", "effective_n"), [(0.0, 100.0), (0.21, 100.0), (0.05, 0.0)])
def test_a_trial_without_bursts_or_full_of_them_does_not_show_how_long_they_last(bad, effective_n):
    assert burst_s([trial(200.0, bad, effective_n=effective_n)]) == 0.0


def test_a_trial_at_a_fifth_of_bad_calls_still_shows_bursts():
    assert burst_s([trial(200.0, 0.2, effective_n=100.0)]) == pytest.approx(0.2)


def test_a_trial_is_worth_what_its_batches_show_where_queueing_theory_allows_more():
    assert worth(trial(10.0, 0.0, effective_n=500.0), 363.0, 30.0) == 500.0


def test_queueing_theory_limits_what_a_trial_near_the_boundary_is_worth():
    """g = 4.605/(30 + 4.605); at the boundary the effect is 0.87·r·L/g, and half of g is the least idle share."""
    idle = -np.log(0.01) / (30 - np.log(0.01))
    near = trial(363.0, 0.0, effective_n=4000.0, limit_s=0.1)
    assert worth(near, 363.0, 30.0) == pytest.approx(4000 / (0.87 * 363 * 0.1 / idle))
    beyond = trial(726.0, 0.0, effective_n=4000.0, limit_s=0.1)
    assert worth(beyond, 363.0, 30.0) == pytest.approx(4000 / (0.87 * 726 * 0.1 * idle / (idle / 2) ** 2))


def test_a_trial_has_time_for_so_many_bursts():
    """4,000 calls at 200/s, in bursts of half a second."""
    assert worth(trial(200.0, 0.0, effective_n=4000.0), 1e6, 30.0, 0.5) == pytest.approx(40.0)


@pytest.mark.parametrize(("bad", "least"), [(0.5, 3.0), (0.0, 1.0)])
def test_a_trial_is_worth_at_least_one_sample_and_three_where_it_breaks(bad, least):
    assert worth(trial(363.0, bad, limit_s=60.0), 363.0, 30.0) == least
    assert worth(trial(363.0, bad, limit_s=60.0, effective_n=0.5), 363.0, 30.0) == 0.5


def test_a_backlog_bounds_the_boundary_by_what_was_served_meanwhile():
    """Between calm calls at 200 and only late ones at 800 a second."""
    calm = [trial(rate, 0.0, effective_n=100.0) for rate in (100.0, 200.0)]
    unknown, known = (posterior([*calm, trial(800.0, 1.0, served_per_s=served)]) for served in (None, 400.0))
    assert unknown.below(430.0) < 0.7
    assert known.below(430.0) > 0.95


@pytest.mark.parametrize(
    ("rate_per_s", "chance"), [(380.0, 0.8413), (400.0, 0.5), (420.0, 0.1587), (4e3, 0.0)]
)
def test_what_was_served_is_known_with_the_error_of_a_count_and_one_boundary_of_fifty_is_beyond_it(
    rate_per_s, chance
):
    """400 calls in the second half of two seconds."""
    slow = [trial(800.0, 1.0, served_per_s=400.0, load_s=2.0), trial(100.0, 0.0)]
    (found,) = within_capacity(slow, np.log([rate_per_s]))
    assert np.exp(found) == pytest.approx(0.02 + 0.98 * chance, abs=1e-4)


def test_calm_trials_beyond_what_a_backlog_was_served_with_outweigh_it():
    """An upstream that is slower with a backlog than without one."""
    slow = [*along(363.0, rates=(100.0, 200.0, 300.0, 350.0)), trial(800.0, 1.0, served_per_s=250.0)]
    assert posterior(slow).below(350.0) < 0.1
