"""Policies that send the calls of one Session must agree on what the Session does."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.session.rollout.alike import check_alike


def policy(name: str, **tables: Any) -> Policy:
    return Policy.model_validate({"name": name, **tables})


def test_settings_of_the_adapter_may_differ() -> None:
    check_alike(policy("old"), policy("new", adapter={"pool_maxsize": 3}), "a canary")


def test_a_setting_of_the_session_that_differs_is_named() -> None:
    new = policy("new", session={"params": {"v": "2"}})
    with pytest.raises(
        ConfigError, match=r"new: session\.params differs from that of old; a shadow compares"
    ):
        check_alike(policy("old"), new, "a shadow", but={"headers"})


def test_a_setting_that_is_excepted_may_differ() -> None:
    check_alike(policy("old"), policy("new", session={"headers": {"A": "2"}}), "a shadow", but={"headers"})


def test_another_transport_is_refused() -> None:
    with pytest.raises(ConfigError, match="new: transport is httpx; a shadow needs requests"):
        check_alike(policy("old"), policy("new", transport="httpx"), "a shadow")
