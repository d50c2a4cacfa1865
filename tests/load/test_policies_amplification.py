"""Attempts per call when each attempt fails by itself with probability f: (1 − f⁴)/(1 − f) for three retries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.load.served import Served, upstream

CALLS = 2000
THREE = {"total": 3, "status_forcelist": [503], "raise_on_status": False}
TENTH = {**THREE, "budget": {"kind": "ratio", "ratio": 0.1, "min_per_s": 0.0}}


def _amplification(failing: float, retry: dict[str, Any]) -> float:
    with upstream({"kind": "status", "status": 503, "ratio": failing}) as served:
        client = Served(served, session={"trust_env": False}, retry=retry)
        for _ in range(CALLS):
            client.call()
        client.assert_whole()
        return client.attempts / CALLS


@pytest.mark.parametrize(
    "failing", [0.5, *(pytest.param(share, marks=pytest.mark.acceptance) for share in (0.1, 0.9))]
)
def test_three_retries_amplify_by_the_formula(failing: float) -> None:
    """Within 3.3 standard deviations of the mean of that many independent calls."""
    chances = [failing**sent * (1 - failing) for sent in range(3)] + [failing**3]
    expected = (1 - failing**4) / (1 - failing)
    variance = sum(chance * (sent - expected) ** 2 for sent, chance in enumerate(chances, 1))
    assert _amplification(failing, THREE) == pytest.approx(expected, abs=3.3 * (variance / CALLS) ** 0.5)


@pytest.mark.parametrize(
    "failing", [0.5, *(pytest.param(share, marks=pytest.mark.acceptance) for share in (0.1, 0.9))]
)
def test_a_budget_of_a_tenth_holds_it(failing: float) -> None:
    assert _amplification(failing, TENTH) <= 1.1
