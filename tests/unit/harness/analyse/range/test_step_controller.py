"""Where a search looks next, and what it claims."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import expit, logit

from harness.analyse.range.boundary import posterior
from harness.analyse.range.step_controller import (
    RISK,
    Found,
    Pace,
    claimed,
    drained_per_s,
    lower_probe,
    next_step,
)
from harness.model.range import HORIZON_S, Probe, Trial

PACE = Pace(first_rate_per_s=100.0)


def trial(rate_per_s, bad_ratio, purpose="bisect", effective_n=500.0, **fields):
    """A trial of 4,000 calls with a limit so short that they are worth what they say."""
    fields = {"n": 4000, "load_s": 9.0, "allowed_ratio": 0.01, "limit_s": 0.001, **fields}
    return Trial(
        purpose=purpose, rate_per_s=rate_per_s, bad_ratio=bad_ratio, effective_n=effective_n, **fields
    )


def ended(boundary_per_s, pace=PACE, **fields):
    """A whole search against a share of bad calls that grows with the rate as the model says, without noise."""
    trials = []
    while isinstance(step := next_step(trials, pace), Probe):
        bad = float(expit(logit(0.01) + 30 * np.log(step.rate_per_s / boundary_per_s)))
        load_s = step.warmup_s + step.counted_s
        timed = {"counted_s": step.counted_s, "load_s": load_s}
        trials.append(trial(step.rate_per_s, bad, step.purpose, **timed, **fields))
        assert len(trials) < 40
    return step, trials


@pytest.mark.parametrize("boundary_per_s", [12.0, 90.0, 363.0, 2500.0])
def test_a_search_ends_just_below_the_boundary(boundary_per_s):
    found, trials = ended(boundary_per_s)
    assert found.kind == "bounded"
    assert 0.9 * boundary_per_s <= found.rate_per_s <= boundary_per_s
    assert found.rate_per_s in [t.rate_per_s for t in trials if t.purpose == "confirm"]


def test_a_search_continues_until_the_claim_is_within_the_requested_share():
    """Of trials that are worth little, so that the first claim is far below the boundary."""
    first, _ = ended(363.0, effective_n=100.0)
    closer, trials = ended(363.0, replace(PACE, within=0.05, most_s=900.0), effective_n=100.0)
    assert first.rate_per_s < closer.rate_per_s <= 363.0
    assert posterior(trials).quantile(0.5) <= 1.05 * closer.rate_per_s


def test_no_search_goes_on_beyond_its_load():
    _, trials = ended(363.0, effective_n=40.0)
    spent_s = sum(t.load_s for t in trials)
    _, same = ended(363.0, replace(PACE, within=0.01, most_s=spent_s + 5.0), effective_n=40.0)
    assert len(same) == len(trials)


def test_the_search_begins_low_and_doubles_until_it_breaks():
    _, trials = ended(363.0)
    assert [t.rate_per_s for t in trials[:3]] == [100.0, 200.0, 400.0]


def test_a_first_rate_that_breaks_is_followed_by_lower_ones_and_then_by_none():
    found, trials = ended(0.5)
    assert found == Found("none", trials[-1].rate_per_s)
    assert len(trials) == 4, "the first rate and three lower ones"
    assert [t.rate_per_s for t in trials] == sorted((t.rate_per_s for t in trials), reverse=True)


def test_a_boundary_beyond_the_ceiling_is_left_open_at_the_highest_rate_tried():
    found, _ = ended(5000.0, Pace(first_rate_per_s=100.0, ceiling_per_s=900.0))
    assert found == Found("open", 900.0)


def test_a_rate_that_the_machine_cannot_generate_is_a_ceiling():
    trials = []
    while isinstance(step := next_step(trials, PACE), Probe):
        too_fast = "the generator was late" if step.rate_per_s > 500 else ""
        trials.append(trial(step.rate_per_s, 0.0, step.purpose, counted_s=step.counted_s, invalid=too_fast))
        assert len(trials) < 30
    assert step.kind == "open"
    assert 400.0 <= step.rate_per_s <= 500.0


def test_a_first_rate_that_the_machine_cannot_generate_leaves_the_search_unsettled():
    trials = []
    while isinstance(step := next_step(trials, PACE), Probe):
        trials.append(trial(step.rate_per_s, 0.0, step.purpose, invalid="the generator was late"))
        assert len(trials) < 30
    assert step.kind == "unsettled"
    assert len(trials) == 12


def test_a_search_goes_on_from_the_trials_it_has():
    _, trials = ended(363.0)
    for k in range(1, len(trials)):
        step = next_step(trials[:k], PACE)
        assert isinstance(step, Probe)
        assert (step.purpose, step.rate_per_s) == (trials[k].purpose, trials[k].rate_per_s)


def test_only_a_confirmed_rate_is_claimed():
    bisected = [trial(100, 0.0), trial(200, 0.0), trial(400, 0.5)]
    assert claimed(bisected) == 0.0
    assert claimed([*bisected, trial(200, 0.0, "confirm", counted_s=60.0)]) == 200.0
    assert claimed([*bisected, trial(390, 0.02, "confirm", counted_s=60.0)]) == 0.0


def test_a_confirming_run_shorter_than_the_horizon_is_no_claim():
    bisected = [trial(100, 0.0), trial(200, 0.0), trial(400, 0.5)]
    half_a_minute = trial(200, 0.0, "confirm", counted_s=30.0)
    assert claimed([*bisected, half_a_minute]) == 0.0
    assert claimed([*bisected, half_a_minute, half_a_minute]) == 200.0


def test_a_confirming_run_that_uses_most_of_what_is_allowed_is_no_claim():
    bisected = [trial(100, 0.0), trial(200, 0.0), trial(400, 0.5)]
    assert claimed([*bisected, trial(200, 0.008, "confirm", counted_s=60.0)]) == 0.0


def broken_at_336(lower_confirms=0.0):
    """A search that held up to 400/s, then broke at 336/s in a confirming run, and in later ones as stated."""
    trials = [
        trial(100, 0.0, "calibrate", 150.0, n=300, limit_s=0.1),
        trial(200, 0.0, "bracket", 300.0, n=600, limit_s=0.1),
        trial(400, 0.0, "bracket", 600.0, n=1200, limit_s=0.1),
        trial(400, 0.005, "bisect", 100.0, limit_s=0.1),
        trial(336, 0.9, "confirm", 100.0, n=20160, limit_s=0.1, counted_s=60.0),
    ]
    while isinstance(step := next_step(trials, PACE), Probe):
        n = round(step.rate_per_s * step.counted_s)
        bad = lower_confirms if step.purpose == "confirm" else 0.0
        timed = {"n": n, "counted_s": step.counted_s, "limit_s": 0.1}
        trials.append(trial(step.rate_per_s, bad, step.purpose, n / 8, **timed))
        assert len(trials) < 40
    return step, [t.rate_per_s for t in trials if t.purpose == "confirm"]


def test_a_confirming_run_that_broke_is_followed_by_one_not_far_below_it():
    """The posterior is so wide that its 5% quantile is below 2/s."""
    found, confirmed = broken_at_336()
    assert confirmed == pytest.approx([336.0, 0.7 * 336.0])
    assert found.rate_per_s == confirmed[-1]


def test_the_last_confirming_run_goes_down_as_far_as_the_posterior_says():
    found, confirmed = broken_at_336(lower_confirms=0.9)
    assert found == Found("unsettled", 0.0)
    assert len(confirmed) == PACE.confirms
    assert confirmed[2] < 0.7 * confirmed[1]


def test_a_soak_confirms_the_claim_for_its_whole_length():
    found, trials = ended(363.0, replace(PACE, horizon_s=600.0))
    last = trials[-1]
    assert (last.purpose, last.counted_s, last.rate_per_s) == ("confirm", 600.0, found.rate_per_s)


def test_a_soak_that_breaks_lowers_the_claim_and_is_repeated():
    trials = []
    while isinstance(step := next_step(trials, replace(PACE, horizon_s=600.0)), Probe):
        leak = step.counted_s > 100 and step.rate_per_s > 330
        bad = 0.02 if leak else float(expit(logit(0.01) + 30 * np.log(step.rate_per_s / 363.0)))
        trials.append(trial(step.rate_per_s, bad, step.purpose, counted_s=step.counted_s))
        assert len(trials) < 40
    soaks = [t for t in trials if t.counted_s == 600.0]
    assert soaks[0].breaks
    assert step.rate_per_s == soaks[-1].rate_per_s < soaks[0].rate_per_s


def test_no_two_neighbouring_rates_of_a_claim_are_further_apart_than_a_third():
    found, trials = ended(363.0)
    rates = sorted({t.rate_per_s for t in trials if t.rate_per_s <= found.rate_per_s})
    assert max(high / low for low, high in pairwise(rates)) <= 4 / 3
    assert rates[0] <= found.rate_per_s / 3


def test_no_rate_is_claimed_at_which_a_backlog_would_not_drain():
    """The upstream serves 250/s while it has a backlog, and 400/s without one."""
    trials = []
    while isinstance(step := next_step(trials, PACE), Probe):
        bad = float(expit(logit(0.01) + 30 * np.log(step.rate_per_s / 363.0)))
        served_per_s = 250.0 if step.rate_per_s > 390 else None
        made = trial(step.rate_per_s, bad, step.purpose, counted_s=step.counted_s, served_per_s=served_per_s)
        trials.append(made)
        assert len(trials) < 40
    assert step.kind == "bounded"
    assert step.rate_per_s <= 250.0 + 2 * (250.0 / 4.5) ** 0.5


def test_belief_narrows_with_what_trials_are_worth():
    rates = (200, 300, 350, 380, 420)
    few, many = (
        posterior([trial(r, float(expit(logit(0.01) + 30 * np.log(r / 363))), effective_n=m) for r in rates])
        for m in (20.0, 1000.0)
    )
    assert many.spread < few.spread
    assert many.quantile(RISK) > few.quantile(RISK)
    assert (many.below(300) < 0.01, many.below(420) > 0.99) == (True, True)


def test_a_trial_without_a_burst_among_long_bursts_has_little_weight():
    """Nine seconds at 400/s with a limit of half a second are a few bursts long, although its own batches show more."""
    trials = [trial(200, 0.0), trial(440, 0.9, effective_n=3.0)]
    short = posterior([*trials, trial(400, 0.0, limit_s=0.001)])
    long = posterior([t.model_copy(update={"limit_s": 0.5}) for t in [*trials, trial(400, 0.0)]])
    assert long.below(400) > short.below(400)


def confirming(rate_per_s, bad_ratio, effective_n):
    """A confirming run of the whole horizon."""
    return trial(rate_per_s, bad_ratio, purpose="confirm", effective_n=effective_n, counted_s=HORIZON_S)


def test_a_confirming_run_that_held_is_no_claim_where_all_trials_together_say_that_it_is_unsafe():
    held = confirming(360.0, 0.002, 400.0)
    broke = [trial(rate_per_s, 0.05, effective_n=2000.0) for rate_per_s in (330.0, 340.0, 350.0)]
    well = [trial(rate_per_s, 0.0001, effective_n=2000.0) for rate_per_s in (330.0, 340.0, 350.0)]
    assert claimed([*well, held]) == 360.0
    assert claimed([*broke, held]) == 0.0


def test_of_two_confirmed_rates_the_highest_safe_one_is_claimed():
    safe = [confirming(rate_per_s, 0.0, 4000.0) for rate_per_s in (200.0, 240.0)]
    broke = trial(360.0, 0.2, effective_n=2000.0)
    assert claimed([*safe, broke]) == 240.0


def test_the_first_confirming_run_is_at_a_rate_that_is_safe_with_88_percent():
    _, trials = ended(363.0)
    first = next(k for k, t in enumerate(trials) if t.purpose == "confirm")
    before = [t for t in trials[:first] if t.purpose != "below"]
    assert posterior(before).below(trials[first].rate_per_s) == pytest.approx(0.12, abs=0.02)


def broken_confirming(*rates, lowest=1.0):
    """Confirming runs that broke at these rates, after trials at all rates below that kept the SLO."""
    below = [trial(rate, 0.0, "below") for rate in np.geomspace(lowest, min(rates), 60)]
    return [
        *below,
        trial(2 * rates[0], 0.5),
        *(trial(rate, 0.02, "confirm", counted_s=60.0) for rate in rates),
    ]


@pytest.mark.parametrize(
    ("rates", "least", "most"), [((200.0,), 140.0, 190.0), ((200.0, 180.0), 126.0, 135.0)]
)
def test_after_a_confirming_run_that_broke_the_next_one_is_lower_but_not_far(rates, least, most):
    """From 70% of the lowest rate that broke, to 95% of it, and 75% after the second."""
    step = next_step(broken_confirming(*rates), replace(PACE, confirms=4))
    assert step.purpose == "confirm"
    assert least - 1e-9 <= step.rate_per_s <= most + 1e-9


def test_the_last_confirming_run_is_at_the_5_percent_quantile_however_low_that_is():
    few = {"effective_n": 3.0, "n": 40}
    below = [trial(rate, 0.0, "below", **few) for rate in np.geomspace(0.001, 0.2, 60)]
    broke = [trial(rate, 0.3, "confirm", counted_s=60.0) for rate in (0.2, 0.18)]
    made = [*below, trial(0.4, 0.5), *broke]
    assert posterior(made).quantile(RISK) < 0.1
    assert next_step(made, PACE).rate_per_s == pytest.approx(posterior(made).quantile(RISK))
    assert next_step(made, replace(PACE, confirms=4)).rate_per_s == pytest.approx(0.7 * 0.18)


def test_after_the_last_confirming_run_that_broke_the_search_is_unsettled():
    assert next_step(broken_confirming(200.0, 180.0, 120.0), PACE) == Found("unsettled", 0.0)


KEPT_FOR_LONG = trial(200, 0.0, effective_n=1200.0, n=12_000)


def test_a_rate_in_doubt_is_tried_again_for_as_long_as_it_was_tried():
    doubtful = [trial(100, 0.013, effective_n=300.0, counted_s=20.0), KEPT_FOR_LONG]
    assert next_step(doubtful, PACE) == Probe(
        purpose="repeat", rate_per_s=100.0, warmup_s=PACE.warmup_s, counted_s=20.0
    )


def test_a_rate_that_breaks_below_one_that_holds_for_a_whole_horizon_is_non_monotone():
    doubtful = [trial(100, 0.013, effective_n=300.0, counted_s=60.0), KEPT_FOR_LONG]
    assert next_step(doubtful, PACE) == Found("non-monotone", 100.0)


def test_trials_at_low_rates_take_longer_up_to_a_minute():
    slow = next_step([], replace(PACE, first_rate_per_s=10.0))
    assert (slow.purpose, slow.counted_s, slow.warmup_s) == ("calibrate", 10.0, 1.0)
    assert next_step([], replace(PACE, first_rate_per_s=0.1)).counted_s == 60.0
    assert next_step([], PACE).counted_s == 3.0


def test_a_ceiling_is_the_highest_rate_that_is_tried():
    assert next_step([trial(100, 0.0)], replace(PACE, ceiling_per_s=150.0)).rate_per_s == 150.0


def test_a_ceiling_less_than_a_tenth_above_is_not_worth_a_trial():
    step = next_step([trial(100, 0.0)], replace(PACE, ceiling_per_s=110.0))
    assert (step.purpose, step.rate_per_s < 100.0) == ("below", True)


def test_below_a_rate_that_cannot_be_generated_the_geometric_middle_is_tried():
    late = [trial(200, 0.0, invalid="the generator was late")] * 3
    assert next_step([trial(100, 0.0), *late], PACE).rate_per_s == pytest.approx(100 * 2**0.5)
    assert next_step([trial(100, 0.0), *late[:2]], PACE).rate_per_s == 200.0


def test_invalid_trials_below_a_valid_one_are_no_ceiling():
    late = [trial(90, 0.0, invalid="the generator was late")] * 3
    assert next_step([trial(100, 0.0), *late], PACE).rate_per_s == 200.0


def test_where_every_trial_is_invalid_a_lower_rate_is_tried_after_every_third():
    late = [trial(100, 0.0, invalid="the generator was late")] * 7
    rates = [next_step(late[:made], PACE).rate_per_s for made in (0, 2, 3, 5, 6)]
    assert rates == [100.0, 100.0, 50.0, 50.0, 25.0]


def test_below_a_first_rate_that_breaks_two_fifths_of_it_are_tried():
    step = next_step([trial(100, 0.5)], PACE)
    assert (step.purpose, step.rate_per_s) == ("bracket", 40.0)


BRACKETED = [trial(rate, bad, "bracket") for rate, bad in ((100, 0.0), (200, 0.0), (400, 0.5))]


def test_between_a_rate_that_holds_and_one_that_breaks_the_median_of_the_posterior_is_tried():
    step = next_step(BRACKETED, PACE)
    assert (step.purpose, step.rate_per_s) == ("bisect", posterior(BRACKETED).quantile(0.5))


def test_every_third_trial_between_is_at_the_30_percent_quantile():
    pace = replace(PACE, bisects=9, near=1.0)
    made = list(BRACKETED)
    for rate in (290.0, 330.0, 345.0):
        step = next_step(made, pace)
        count = sum(t.purpose == "bisect" for t in made)
        assert step.rate_per_s == pytest.approx(posterior(made).quantile(0.3 if count == 2 else 0.5))
        made.append(trial(rate, 0.002, "bisect"))


def test_after_so_many_trials_between_a_rate_is_confirmed_though_the_boundary_is_not_near():
    wide = [trial(300.0, 0.004, effective_n=20.0), trial(310.0, 0.004, effective_n=20.0)]
    assert posterior([*BRACKETED, *wide]).spread > PACE.near
    assert next_step([*BRACKETED, *wide[:1]], PACE).purpose == "bisect"
    assert next_step([*BRACKETED, *wide], PACE).purpose == "below"


@pytest.mark.parametrize(("bad", "claim"), [(0.007, 200.0), (0.0071, 0.0)])
def test_a_confirming_run_may_use_seven_tenths_of_what_is_allowed(bad, claim):
    assert claimed([*BRACKETED, trial(200, bad, "confirm", counted_s=60.0)]) == claim


def test_confirming_runs_at_one_rate_count_together_by_their_calls():
    """1% of 1,000 calls and none of 1,000 more are half of what is allowed."""
    bad, good = (trial(200, share, "confirm", counted_s=30.0, n=1000) for share in (0.01, 0.0))
    assert claimed([*BRACKETED, bad, good]) == 200.0
    assert claimed([*BRACKETED, bad, bad]) == 0.0


def test_the_highest_confirmed_rate_is_claimed():
    confirmed = [trial(rate, 0.0, "confirm", counted_s=60.0) for rate in (150, 220, 180)]
    assert claimed([*BRACKETED, *confirmed]) == 220.0


def test_a_confirmed_rate_that_may_lie_beyond_the_boundary_is_not_claimed():
    """300/s held for a minute, and 310/s breaks in every call."""
    known = [trial(310, 0.9, effective_n=4000.0), trial(320, 0.9, effective_n=4000.0)]
    confirmed = trial(309, 0.006, "confirm", counted_s=60.0, effective_n=30.0)
    assert posterior([*BRACKETED, *known, confirmed]).below(309.0) > 0.1
    assert claimed([*BRACKETED, *known, confirmed]) == 0.0


def test_a_rate_above_what_a_backlog_was_served_at_is_not_claimed():
    """Within two standard deviations of a count: 160 ± 2·√(160/4.5) a second."""
    confirmed = trial(200, 0.0, "confirm", counted_s=60.0)
    slow = trial(400, 0.5, served_per_s=160.0)
    assert drained_per_s([*BRACKETED, slow]) == pytest.approx(160 + 2 * (160 / 4.5) ** 0.5)
    assert claimed([*BRACKETED, slow, confirmed]) == 0.0
    assert claimed([*BRACKETED, trial(400, 0.5, served_per_s=190.0), confirmed]) == 200.0


def test_the_slowest_backlog_counts_and_without_one_there_is_no_such_bound():
    slow = [trial(400, 0.5, served_per_s=rate) for rate in (200.0, 160.0, 180.0)]
    assert drained_per_s(slow) == pytest.approx(160 + 2 * (160 / 4.5) ** 0.5)
    assert drained_per_s(BRACKETED) == float("inf")


def test_a_confirming_run_lasts_a_horizon_and_longer_for_two_thousand_calls_up_to_a_minute():
    below = [trial(rate, 0.0, "below") for rate in np.geomspace(20.0, 300.0, 60)]
    made = [*BRACKETED, *below, *(trial(rate, 0.002) for rate in (330.0, 345.0))]
    step = next_step(made, PACE)
    assert (step.purpose, step.counted_s, step.warmup_s) == ("confirm", HORIZON_S, PACE.warmup_s)


def test_a_trial_below_is_short_with_half_of_the_warm_up():
    step = lower_probe(400.0, [], PACE)
    assert (step.purpose, step.warmup_s, step.counted_s) == ("below", 0.5, 1.5)
    assert step.rate_per_s == pytest.approx(100.0, rel=0.01)
    assert lower_probe(40.0, [], PACE).counted_s == pytest.approx(10.0, rel=0.01)
    assert lower_probe(4.0, [], PACE).counted_s == 60.0


def test_a_trial_between_has_at_least_six_hundred_calls_or_a_minute():
    slow = [t.model_copy(update={"rate_per_s": t.rate_per_s / 20}) for t in BRACKETED]
    step = next_step(slow, replace(PACE, first_rate_per_s=5.0))
    assert (step.purpose, step.counted_s) == ("bisect", pytest.approx(600 / step.rate_per_s))
    assert next_step(BRACKETED, PACE).counted_s == 10.0


@pytest.mark.parametrize(("tried_s", "again_s"), [(5.0, 10.0), (59.0, 59.0)])
def test_a_rate_in_doubt_is_tried_for_at_least_as_long_as_a_trial_between(tried_s, again_s):
    doubtful = [trial(100, 0.013, effective_n=300.0, counted_s=tried_s), KEPT_FOR_LONG]
    assert next_step(doubtful, PACE).counted_s == again_s


def test_a_rate_that_certainly_breaks_below_one_that_holds_ends_the_search():
    assert next_step([trial(100, 0.5), KEPT_FOR_LONG], PACE) == Found("non-monotone", 100.0)


def test_trigger_tests_are_no_trials_of_the_search():
    trigger = trial(50, 1.0, "trigger", allowed_ratio=0.5)
    assert next_step([*BRACKETED, trigger], PACE) == next_step(BRACKETED, PACE)
    assert claimed([*BRACKETED, trial(200, 0.0, "trigger", counted_s=60.0)]) == 0.0


def test_twelve_invalid_trials_end_a_search_that_has_valid_ones():
    late = [trial(400, 0.0, invalid="the generator was late")] * 12
    assert next_step([*BRACKETED, *late], PACE) == Found("unsettled", 0.0)
    assert next_step([*BRACKETED, *late[:11]], PACE) != Found("unsettled", 0.0)


def test_a_search_goes_on_beyond_its_first_claim_for_three_minutes_of_load_at_most():
    """With six minutes there is room for further trials."""
    first, usual, longer = (
        ended(363.0, pace, effective_n=40.0)[1]
        for pace in (PACE, replace(PACE, within=0.01), replace(PACE, within=0.01, most_s=360.0))
    )
    assert len(usual) == len(first) < len(longer)


def test_a_boundary_that_is_known_within_a_few_percent_is_confirmed_without_another_bisection():
    trials = [trial(*made, "bracket", effective_n=4000.0) for made in ((340.0, 0.001), (380.0, 0.05))]
    assert posterior(trials).spread < 1.06
    assert next_step(trials, PACE).purpose != "bisect"
    assert next_step(trials, replace(PACE, near=1.0)).purpose == "bisect"
