"""How levers are written, and when one only reverts another."""

from __future__ import annotations

from harness.model.lever import lever_text, levers_text, reverts
from tests.unit.harness.model.levers import OWN, lever


def test_a_lever_is_told_with_its_settings() -> None:
    assert lever_text(lever("retries", total=False)) == "retries total=False"


def test_a_setting_that_is_left_to_the_policy_is_not_told() -> None:
    assert lever_text(lever("timeouts", connect_s=None, read_s=2.0)) == "timeouts read_s=2.0"


def test_several_levers_are_told_in_their_order() -> None:
    assert levers_text([lever("pool", maxsize=5), lever("breaker", state="open")]) == (
        "pool maxsize=5, then breaker state=open"
    )


def test_no_lever_is_told_as_none() -> None:
    assert levers_text([]) == "none"


def test_a_lever_reverts_an_earlier_one() -> None:
    assert reverts(lever("throttle", rate_per_s=False), [lever("throttle", rate_per_s=60)], OWN)


def test_a_lever_that_nothing_came_before_reverts_nothing() -> None:
    assert not reverts(lever("clear_faults"), [], OWN)


def test_one_retry_is_not_the_policy_s_own_retries() -> None:
    assert not reverts(lever("retries", total=1), [lever("retries", total=False)], OWN)
