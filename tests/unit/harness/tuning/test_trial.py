"""When two policies are told apart, and when a threshold is predicted to be kept."""

from __future__ import annotations

from math import inf

import numpy as np

from harness.model.tuning import AMPLIFICATION, GOODPUT, LATENCY
from harness.tuning.trial import MOST_BEYOND, NOT_REACHED_S, TwinTrial, candidate_of, differing, is_better
from tests.unit.harness.tuning.arithmetic import LIMIT, played, spec


def trial(in_incident, latency=0.02, amplification=1.0, **further):
    return TwinTrial(
        {},
        tuple(
            {GOODPUT.name: g, LATENCY.name: latency, AMPLIFICATION.name: amplification, **further}
            for g in in_incident
        ),
    )


def test_noise_that_both_have_hides_no_difference():
    noise = np.random.default_rng(1).normal(0, 30, 5)
    assert differing(trial(100 + noise), trial(102 + noise)) == (GOODPUT,)


def test_noise_of_their_own_hides_a_small_difference():
    rng = np.random.default_rng(1)
    a, b = 100 + rng.normal(0, 30, 5), 102 + rng.normal(0, 30, 5)
    assert differing(trial(a), trial(b)) == ()


def test_a_difference_below_what_a_run_can_resolve_does_not_count():
    assert differing(trial([100.0] * 5), trial([100.4] * 5)) == ()
    assert differing(trial([100.0] * 5), trial([100.6] * 5)) == (GOODPUT,)


def test_identical_policies_are_told_apart_in_at_most_one_of_twenty_cases():
    rng = np.random.default_rng(3)
    told = sum(
        bool(differing(trial(100 + rng.normal(0, 5, 5)), trial(100 + rng.normal(0, 5, 5))))
        for _ in range(600)
    )
    assert told / 600 < 0.05


def test_more_comparisons_need_more_evidence():
    rng = np.random.default_rng(1)
    a = 100 + rng.normal(0, 1, 5)
    b = a + 2 + rng.normal(0, 1.2, 5)
    assert differing(trial(a), trial(b)) == (GOODPUT,)
    assert differing(trial(a), trial(b), comparisons=40) == ()


def test_a_latency_that_is_not_reached_is_worse_than_any_other():
    never, slow = trial([1.0] * 5, latency=inf), trial([1.0] * 5, latency=60.0)
    assert never.of(LATENCY) == [NOT_REACHED_S] * 5
    assert is_better(LATENCY, slow.typical(LATENCY), never.typical(LATENCY))
    assert never.predicted()[LATENCY.name].value is None


def test_a_threshold_is_kept_where_the_run_of_every_seed_passes():
    scenario = spec().scenario
    kept, own = played([{"timeout.read_s": 0.5}, {}])
    assert kept.beyond(scenario) == {}
    assert own.beyond(scenario) == {LIMIT: 2.0}
    one_of_five = TwinTrial({}, (*kept.values[:4], {**kept.values[4], LIMIT: 0.1}))
    assert one_of_five.beyond(scenario) == {LIMIT: 0.1}


def test_a_threshold_without_a_bound_is_far_beyond():
    assert trial([1.0] * 5, **{LIMIT: inf}).beyond(spec().scenario) == {LIMIT: MOST_BEYOND}


def test_a_candidate_has_its_objectives_with_their_units_and_seeds():
    found = candidate_of(3, played([{"retry.total": 0}])[0], spec().scenario)
    assert found.predicted[GOODPUT.name].unit == "1/s"
    assert {m.n for m in found.predicted.values()} == {5}
    assert (found.number, found.settings, found.keeps) == (3, {"retry.total": 0}, False)
