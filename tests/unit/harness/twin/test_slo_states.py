"""Whether simulated runs keep the SLO, at other rates and under other policies."""

from __future__ import annotations

import pytest

from harness.advise.advisor import advise
from harness.inputs.answer_sheets import read_answers
from harness.inputs.scenarios import read_scenario
from harness.model.advice_map import AdviceMap
from harness.model.arrivals import Spike, Steps
from harness.model.slo import Slo
from harness.twin.slo_states import FACTORS, advice_map, at_factor, keeps_slo
from tests.unit.harness.advise.made_answers import answers

SLO = Slo(
    warmup_s=1.0,
    thresholds=("p99(latency) < 100ms", "rate(goodput) >= 50/s", "p99(latency) < 1ms over any 5s"),
)


def _map(sheet: str) -> AdviceMap:
    given, learned = read_answers(sheet)
    found = advise(given, learned)
    return advice_map(
        found.policy,
        found.scenario,
        found.upstream,
        search=bool(found.none_because),
        repeatable=given.idempotent,
    )


@pytest.mark.parametrize(
    ("p99_s", "goodput", "kept"),
    [(0.099, 50.0, True), (0.1, 50.0, False), (0.099, 49.9, False), (float("inf"), 60.0, False)],
)
def test_every_threshold_of_the_whole_run_must_hold(p99_s, goodput, kept):
    assert keeps_slo({"latency.p99": p99_s, "goodput": goodput}, SLO) is kept


def test_a_threshold_of_which_nothing_was_measured_is_left_out():
    assert keeps_slo({"goodput": 60.0}, SLO)


def test_every_rate_of_every_phase_is_multiplied():
    phases = (
        Spike(shape="spike", rate_per_s=10, duration_s=9, peak_per_s=50, at_s=1, for_s=2),
        Steps(shape="steps", rates_per_s=(4, 8), step_s=5),
    )
    scenario = read_scenario("baseline").scenario.model_copy(update={"arrivals": phases})
    spike, steps = at_factor(scenario, 0.5).arrivals
    assert (spike.rate_per_s, spike.peak_per_s, spike.duration_s, spike.for_s) == (5, 25, 9, 2)
    assert (steps.rates_per_s, steps.step_s) == ((2, 4), 5)


def test_an_advice_keeps_its_slo_at_its_rate_and_breaks_it_at_twice_the_capacity():
    found = _map("login-token")
    states = {each.factor: each.state for each in found.states}
    assert list(states) == list(FACTORS)
    assert (states[0.5], states[1.0], states[2.0]) == ("keeps", "keeps", "breaks")
    assert found.searched == ()
    assert {"latency.p99", "error_ratio", "amplification"} == set(found.states[4].measurements)


@pytest.mark.parametrize(("sheet", "policies"), [("payment-without-key", 4), ("report-export", 20)])
def test_where_no_policy_would_do_a_search_agrees(sheet, policies):
    found = _map(sheet)
    assert len(found.searched) == policies
    assert found.found == ()


def test_a_search_finds_policies_where_there_are_some():
    given = answers()
    advice = advise(given)
    found = advice_map(advice.policy, advice.scenario, advice.upstream, search=True, repeatable=True)
    kept = {(each.retries, each.read_s) for each in found.found}
    assert (2, advice.policy.timeout.total_s) in kept
