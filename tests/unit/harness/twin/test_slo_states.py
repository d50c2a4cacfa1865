"""Whether simulated runs keep the SLO, at other rates and under other policies."""

from __future__ import annotations

import pytest

from harness.advise.advisor import advise
from harness.inputs.answer_sheets import read_answers
from harness.model.advice_map import AdviceMap
from harness.twin.slo_states import FACTORS, advice_map
from tests.unit.harness.advise.made_answers import answers


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
