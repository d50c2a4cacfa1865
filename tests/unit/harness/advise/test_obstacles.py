"""No policy would do where the upstream cannot give what is required, and the reason is said."""

from __future__ import annotations

from typing import Any

import pytest

from harness.advise.capacity_estimate import estimate
from harness.advise.obstacles import obstacles
from tests.unit.harness.advise.made_answers import answers


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"peak_per_s": 400.0}, "the backlog grows without bound"),
        ({"budget_s": 0.03, "method": "PUT"}, "the call cannot be hedged"),
        ({"budget_s": 0.015}, "does not save enough"),
        ({"burstiness": "bursty", "burst_factor": 9.0}, "At the end of a burst"),
        ({"failure_cost": "high", "method": "POST", "idempotent": False}, "may not be repeated"),
        ({"upstream": {"errors": 0.3}}, "no room for so many retries"),
        ({"upstream": {"errors": 0.15}, "failure_cost": "medium"}, "with one retry"),
    ],
)
def test_an_obstacle_is_a_reason(changed: dict[str, Any], why: str) -> None:
    given = answers(**changed)
    assert why in " ".join(obstacles(given, estimate(given)))


def test_answers_that_a_policy_can_meet_have_none() -> None:
    assert obstacles(answers(), estimate(answers())) == []
