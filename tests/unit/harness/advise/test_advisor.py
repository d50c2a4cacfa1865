"""The same answers give the same advice; the ten shipped sheets have one each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from harness.advise.advisor import MOST_PER_S, advise
from harness.advise.capacity_estimate import estimate
from harness.advise.contradictions import contradictions
from harness.inputs.answer_sheets import read_answers
from harness.inputs.shipped_files import file_names
from harness.model.errors import ConfigError
from harness.model.policy_warnings import policy_warnings
from tests.unit.harness.advise.made_answers import answers

SHEETS = file_names("sheet")


def test_the_same_answers_give_the_same_advice() -> None:
    assert advise(answers()) == advise(answers())


def test_an_owner_and_a_day_of_review_are_passed_on() -> None:
    given = answers(owner={"team": "payments"}, review_by="2027-01-31")
    advice = advise(given)
    assert advice.policy.owner == advice.scenario.owner == given.owner
    assert advice.policy.review_by == given.review_by


def test_compliance_needs_an_audit_log() -> None:
    given = answers(compliance=True, owner={"team": "payments"}, review_by="2027-01-31")
    assert 'audit="read-audit.jsonl"' in advise(given).in_code[0][0]
    assert advise(answers()).in_code == ()


def test_where_none_would_do_three_policies_are_nearest() -> None:
    advice = advise(answers(peak_per_s=400.0))
    assert len({each.name for each in advice.nearest}) == 3


def test_a_call_that_must_not_be_repeated_is_not_repeated_by_a_near_policy() -> None:
    given = answers(method="POST", idempotent=False, failure_cost="high")
    assert [each.retries_at_most for each in advise(given).nearest] == [0, 0, 0]


def test_ten_sheets_are_shipped_and_at_most_two_have_no_policy() -> None:
    without = [name for name in SHEETS if advise(*read_answers(name)).none_because]
    assert len(SHEETS) == 10
    assert without == ["payment-without-key", "report-export"]


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_shipped_sheet_has_no_contradiction_and_a_policy_of_its_own_name(sheet: str) -> None:
    given, learned = read_answers(sheet)
    assert contradictions(given) == []
    assert advise(given, learned).policy.name == sheet


@pytest.mark.parametrize("sheet", SHEETS)
def test_an_advised_policy_has_no_warning_but_of_the_key_that_it_needs(sheet: str) -> None:
    advice = advise(*read_answers(sheet))
    found = policy_warnings(advice.policy, advice.scenario.service.threads)
    assert {each.key for each in found} <= {"retry.allowed_methods"}


def test_a_load_that_the_lab_cannot_make_is_one_line() -> None:
    with pytest.raises(ConfigError, match="peak_per_s needs"):
        advise(answers(peak_per_s=20_000.0, share=0.001))


KNOWN = st.fixed_dictionaries(
    {
        "workers": st.none() | st.integers(1, 2000),
        "median_s": st.none() | st.floats(0.00001, 60),
        "p99_s": st.none() | st.floats(0.00001, 60),
        "errors": st.none() | st.floats(0, 0.99),
    }
)
WIDE = st.fixed_dictionaries(
    {
        "failure_cost": st.sampled_from(["low", "medium", "high"]),
        "burstiness": st.sampled_from(["steady", "bursty"]),
        "method": st.sampled_from(["GET", "PUT", "POST"]),
        "idempotent": st.booleans(),
        "budget_s": st.floats(0.01, 3600),
        "share": st.floats(0.0001, 1),
        "peak_per_s": st.floats(0.01, 20_000),
        "upstream": KNOWN,
    }
)


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
@given(WIDE)
def test_any_answers_give_contradictions_an_advice_or_one_line(changed: dict[str, Any]) -> None:
    made = answers(**changed)
    if contradictions(made):
        return
    found = estimate(made)
    if found.rate_per_s * found.burst > MOST_PER_S:
        with pytest.raises(ConfigError, match="peak_per_s needs"):
            advise(made)
        return
    advice = advise(made)
    assert advice.policy.timeout.total_s == made.budget_s
    assert advice.none_because or advice.load < 1.0
