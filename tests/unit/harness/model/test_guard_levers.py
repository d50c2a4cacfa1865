"""The levers of guards: what they begin with, and what takes them back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.model.guard_levers import SetHedge, SetLimiter
from harness.model.lever_base import OwnSettings, Switch
from mock_upstream.profile import Capacity

PLAIN = OwnSettings(100.0, 1, 64, 10, 1, None, None, Capacity())


@pytest.mark.parametrize(
    ("lever", "name", "has"), [(SetLimiter, "limiter", "has_limiter"), (SetHedge, "hedge", "has_hedge")]
)
@pytest.mark.parametrize("own", [True, False])
def test_a_page_offers_the_opposite_of_the_policy_and_the_revert_restores_it(
    lever: Any, name: str, has: str, own: bool
) -> None:
    settings = replace(PLAIN, **{has: own})
    assert lever.controls(settings) == (Switch("on", "Switched on", start=not own),)
    assert lever(lever=name, on=not own).revert(settings) == lever(lever=name, on=own)
