"""Each contradiction is one sentence that names the keys and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from harness.advise.contradictions import contradictions
from tests.unit.harness.advise.made_answers import answers


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"method": "POST"}, "idempotent is true and method is POST without idempotency_key"),
        ({"idempotent": False}, "idempotent is false and method is GET"),
        ({"method": "POST", "idempotent": False, "idempotency_key": "Key"}, "remove idempotency_key"),
        ({"idempotency_key": "Key"}, "idempotency_key is set and method is GET"),
        ({"burst_factor": 3.0}, 'burstiness is "steady" and burst_factor is 3'),
        ({"burstiness": "bursty", "burst_factor": 1.0}, 'burstiness is "bursty" and burst_factor is 1'),
        ({"compliance": True, "review_by": "2027-01-01"}, "there is no owner"),
        ({"compliance": True, "owner": {"team": "a"}}, "there is no review_by"),
        ({"upstream": {"p99_s": 0.01}}, "a p99 is never below its median"),
        ({"upstream": {"learned": "x", "median_s": None, "p99_s": None, "errors": None}}, "upstream.workers are both"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named(changed: dict[str, Any], problem: str) -> None:
    (found,) = contradictions(answers(**changed))
    assert problem in found
    assert ";" in found


def test_each_of_several_contradictions_is_named() -> None:
    assert len(contradictions(answers(idempotent=False, burst_factor=2.0, compliance=True))) == 4


def test_answers_that_agree_have_none() -> None:
    assert contradictions(answers()) == []
