"""What is said of a rollout that has ended."""

from __future__ import annotations

import pytest

from harness.model.rollout_result import ArmCount, RolloutResult
from harness.model.verdict import Measurement


def result(spoilt: float = 0.002, **changes: object) -> RolloutResult:
    given = {
        "state": "rolled back", "reason": "fast burn rate", "decided_s": 17.4, "share": 0.05, "step": 0, "steps": 3,
        "canary": ArmCount(policy="next", calls=90, bad=12), "baseline": ArmCount(policy="orders", calls=1700, bad=3),
        "spoilt": Measurement(name="spoilt_share", value=spoilt, unit="ratio", n=7900, low=0.001, high=0.003),
        "fallbacks": 0,
    }  # fmt: skip
    return RolloutResult.model_validate(given | changes)


def test_the_decision_names_its_time_its_cause_and_its_counts() -> None:
    assert result().decision == (
        "next was rolled back after 17.4 s: fast burn rate (at a share of 5%, 12 of 90 calls of next were bad, and "
        "3 of 1,700 calls of orders)."
    )


def test_the_cost_says_exactly_what_it_is() -> None:
    assert result().cost == (
        "The canary spoilt 0.2% of the 7,900 calls of the run (95% interval 0.10% – 0.30%): its bad calls beyond the "
        "baseline's rate at the same share, divided by all calls."
    )


def test_a_canary_without_more_bad_calls_spoilt_none() -> None:
    assert result(-0.001).cost.startswith("The canary spoilt none of the 7,900 calls")


@pytest.mark.parametrize(
    ("state", "decided_s", "begins", "kind", "after"),
    [
        ("promoted", 26.0, "next was promoted after 26.0 s: ", "pass", 1.0),
        ("rolled back", 17.4, "next was rolled back after 17.4 s: ", "fail", 0.0),
        ("inconclusive", 60.0, "The rollout of next is inconclusive after 60.0 s: ", "inconclusive", 0.05),
        ("comparing", None, "The run ended before the rollout of next was decided: ", "inconclusive", 0.05),
    ],
)
def test_every_ending_has_a_sentence_a_verdict_and_a_share(
    state: str, decided_s: float | None, begins: str, kind: str, after: float
) -> None:
    found = result(state=state, decided_s=decided_s)
    assert found.decision.startswith(begins)
    assert (found.verdict.kind, found.share_after) == (kind, after)
    assert found.verdict.reasons == (found.decision, found.cost)
