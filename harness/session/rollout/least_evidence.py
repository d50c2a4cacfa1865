"""How many seconds a step of a rollout lasts at the least, however clear the case is."""

from __future__ import annotations

from collections.abc import Callable

from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.decision import share_of_bad
from harness.session.rollout.evidence import below

MOST_S = 7 * 86400


def least_seconds(plan: RolloutPlan, step: RolloutStep, calls_per_s: float) -> int | None:
    """The seconds after which a step is passed at the earliest; None where a week is not enough.

    That is the sooner one of two: no call of the canary is bad, and so many are shown to be fewer than `negligible`; or
    every call of the baseline is bad and none of the canary's.
    """

    def passes(seconds: int) -> bool:
        canary, baseline = (seconds * calls_per_s * share for share in (step.share, 1.0 - step.share))
        few = below(0.0, canary, plan.negligible)
        fewer = below(0.0, baseline, share_of_bad(plan.margin_ratio, step))
        return max(few, fewer) >= plan.promotion_threshold

    return _first(passes, int(step.at_least_s))


def _first(passes: Callable[[int], bool], least: int) -> int | None:
    """The least number from `least` on that passes; passing lasts."""
    most = least
    while not passes(most):
        most *= 2
        if most > MOST_S:
            return None
    low = least
    while low < most:
        middle = (low + most) // 2
        low, most = (low, middle) if passes(middle) else (middle + 1, most)
    return low
