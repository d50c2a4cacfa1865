"""When two policies are told apart, and when a threshold is predicted to be kept."""

from __future__ import annotations

from math import inf

import numpy as np

from harness.model.tuning import AMPLIFICATION, GOODPUT, LATENCY
from harness.tuning.trial import MOST_BEYOND, NOT_REACHED_S, TwinTrial, candidate_of, differing, is_better
from tests.unit.harness.tuning.arithmetic import played, spec


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


def test_a_threshold_is_kept_where_the_whole_band_of_a_run_is():
    scenario = spec().scenario
    kept, close, beyond = played([{"timeout.read_s": 0.5}, {}, {}])
    assert kept.beyond(scenario) == {}
    wide = TwinTrial(
        {},
        tuple({**v, "latency.p99": x} for v, x in zip(close.values, (0.5, 0.9, 0.5, 0.9, 0.5), strict=True)),
    )
    assert max(v["latency.p99"] for v in wide.values) < 1.0 < 1.0 + wide.beyond(scenario)["p99(latency) < 1s"]
    assert beyond.beyond(scenario) == {"p99(latency) < 1s": 2.0}


def test_a_percentile_that_is_not_reached_is_far_beyond():
    found = trial([1.0] * 5, **{"latency.p99": inf}).beyond(spec().scenario)
    assert found == {"p99(latency) < 1s": MOST_BEYOND}


def test_a_lowest_value_is_kept_from_below():
    scenario = spec().scenario
    slo = scenario.slo.model_copy(update={"thresholds": ("rate(goodput) > 100/s",)})
    scenario = scenario.model_copy(update={"slo": slo})
    assert trial([1.0] * 5, **{"goodput": 120.0}).beyond(scenario) == {}
    assert trial([1.0] * 5, **{"goodput": 80.0}).beyond(scenario) == {"rate(goodput) > 100/s": 0.2}


def test_a_candidate_has_its_objectives_with_their_units_and_seeds():
    found = candidate_of(3, played([{"retry.total": 0}])[0], spec().scenario)
    assert found.predicted[GOODPUT.name].unit == "1/s"
    assert {m.n for m in found.predicted.values()} == {5}
    assert (found.number, found.settings, found.keeps) == (3, {"retry.total": 0}, False)
