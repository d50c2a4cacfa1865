"""Policies with other values of some settings."""

from __future__ import annotations

from harness.inputs.policies import read_policy
from harness.inputs.varied_policies import value_of, with_settings
from harness.model.policy import Policy


def test_without_retries_there_is_no_budget():
    made = with_settings(read_policy("storm-budget"), {"retry.total": 0, "retry.budget.ratio": 0.2})
    assert made.retry is not None
    assert made.retry.budget is None
    assert with_settings(read_policy("storm-budget"), {"retry.total": 2}).retry.budget is not None


def test_the_budget_of_hedges_stays_without_retries():
    made = with_settings(read_policy("hedged"), {"retry.total": 0, "timeout.read_s": 0.2})
    assert made.retry.budget == read_policy("hedged").retry.budget is not None


def test_a_policy_keeps_what_is_not_varied():
    own = read_policy("careful")
    made = with_settings(own, {"timeout.read_s": 0.3})
    assert made == own.model_copy(update={"timeout": own.timeout.model_copy(update={"read_s": 0.3})})


def test_a_setting_that_is_absent_has_no_value():
    assert value_of(Policy(name="p"), "retry.total") is None
    assert value_of(Policy(name="p"), "adapter.pool_block") is None


def test_a_policy_that_was_read_from_a_record_takes_a_new_table():
    own = Policy.model_validate_json(read_policy("textbook").model_dump_json())
    made = with_settings(own, {"retry.budget.ratio": 0.2, "bulkhead.connections": 5})
    assert value_of(made, "retry.budget.ratio") == 0.2
    assert value_of(made, "bulkhead.connections") == 5
