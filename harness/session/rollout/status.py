"""What a rollout is at one moment, for metrics."""

from __future__ import annotations

from dataclasses import dataclass

from harness.session.rollout.decision import RolloutDecision, State


@dataclass(frozen=True, slots=True)
class RolloutStatus:
    """The share that the canary gets, the state, and totals by arm of the calls that were compared.

    `evidence` is by what it speaks for, in logarithms and as a ratio of what is needed: at 1 it decides.
    """

    share: float
    state: State
    steps_passed: int
    calls: dict[str, int]
    bad: dict[str, int]
    evidence: dict[str, float]
    fallbacks: int


def status_of(decision: RolloutDecision, fallbacks: int) -> RolloutStatus:
    """The status that follows from a decision's counts."""
    seen, arms = decision.seen, {"canary": decision.canary, "baseline": decision.baseline}
    return RolloutStatus(
        share=decision.share,
        state=decision.state,
        steps_passed=decision.step + (decision.state == "promoted"),
        calls={arm: total.calls for arm, total in arms.items()},
        bad={arm: total.bad for arm, total in arms.items()},
        evidence={
            "rollback": seen.worse / seen.rollback_from,
            "limit": max(seen.limits.values()) / seen.limit_from,
            "promotion": max(seen.not_worse, seen.negligible) / seen.promote_from,
        },
        fallbacks=fallbacks,
    )
