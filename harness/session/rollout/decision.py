"""What the counts of a rollout decide: roll back, go to the next step, or go on. A pure function of what it is given.

Both arms are compared by calls of the same seconds, so that whatever happens to the upstream happens to both. The
comparison and each limit may be looked at after every second: see `evidence`. A limit needs no least time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Literal

from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.bad_counts import BadCounts
from harness.session.rollout.evidence import above, below

State = Literal["comparing", "promoted", "rolled back", "inconclusive"]
BLOCK_S, SLOW_SHARE, WAITING_SHARE = 30, 0.05, 0.5


@dataclass(frozen=True, slots=True)
class ArmSecond:
    """What one second showed of one arm: its calls that ended, how many were bad, how many broke the latency ceiling.

    `waiting` are the calls that wait for a connection at its end.
    """

    calls: int
    bad: int
    over_ceiling: int = 0
    waiting: int = 0

    def __add__(self, other: ArmSecond) -> ArmSecond:
        """The same second in two processes. Each has a pool of its own, so that the longer queue counts."""
        return ArmSecond(
            self.calls + other.calls,
            self.bad + other.bad,
            self.over_ceiling + other.over_ceiling,
            max(self.waiting, other.waiting),
        )


@dataclass(frozen=True, slots=True)
class RolloutEvidence:
    """ln of the evidence for each decision, with the values from which it is enough, and the limits one by one.

    The evidence of a limit is the smaller of two: that the canary is beyond the limit, and that it is worse than the
    baseline. Where both are beyond it, the upstream is, and taking the canary back would not help.
    """

    worse: float
    rollback_from: float
    not_worse: float
    negligible: float
    promote_from: float
    limits: dict[str, float]
    limit_from: float

    @property
    def broken(self) -> str:
        """The first limit that is broken, "" for none."""
        return next((name for name, value in self.limits.items() if value >= self.limit_from), "")


@dataclass(frozen=True, slots=True)
class ComparedSecond:
    """One second of a rollout, the `number`-th: what it showed of both arms at which share, and what followed."""

    number: int
    step: int
    share: float
    canary: ArmSecond
    baseline: ArmSecond
    evidence: RolloutEvidence
    state: State
    reason: str


class _StepCounts:
    """What is counted from the beginning of a step."""

    def __init__(self, share: float) -> None:
        self.counts, self.block, self.over_ceiling = BadCounts(share), BadCounts(share), BadCounts(share)
        self.waiting, self.blocks = BadCounts(0.5), 1  # Both arms have one second of waiting in each second.


class RolloutDecision:
    """The state of one rollout. `add` takes a second and returns the state after it."""

    def __init__(self, plan: RolloutPlan) -> None:
        self.plan, self.step, self.seconds, self.reason = plan, 0, 0, ""
        self.state: State = "comparing"
        self._counts = _StepCounts(self._step.share)
        self.canary = self.baseline = ArmSecond(0, 0)
        """All that was added, of all steps."""
        self.seen = self.evidence()
        """The evidence after the last second that was added, which may have ended its step."""
        self.listeners: list[Callable[[ComparedSecond], object]] = []

    @property
    def share(self) -> float:
        """The share of calls that the canary gets now."""
        if self.state == "promoted":
            return 1.0
        return 0.0 if self.state == "rolled back" else self._step.share

    def add(self, canary: ArmSecond, baseline: ArmSecond) -> State:
        """Counts one second, and decides. After a decision nothing changes any more."""
        if self.state != "comparing":
            return self.state
        self.seconds += 1
        self.canary, self.baseline = self.canary + canary, self.baseline + baseline
        self._count(canary, baseline)
        before, evidence, seconds = (self.step, self.share), self.evidence(), self._counts.counts.seconds
        self.seen = evidence
        if evidence.broken:
            self._ends("rolled back", evidence.broken)
        elif seconds >= self._step.at_least_s:
            self._compare(evidence, seconds)
        for listen in self.listeners:
            second = ComparedSecond(
                self.seconds, *before, canary, baseline, evidence, self.state, self.reason
            )
            listen(second)
        return self.state

    def _compare(self, evidence: RolloutEvidence, seconds: int) -> None:
        if evidence.worse >= evidence.rollback_from:
            self._ends("rolled back", "more bad calls than the baseline")
        elif max(evidence.not_worse, evidence.negligible) >= evidence.promote_from:
            self._next()
        elif seconds >= self._step.at_most_s:
            self._ends("inconclusive", f"not decided within {self._step.at_most_s:g} s at this share")

    def evidence(self) -> RolloutEvidence:
        """What the current step has shown so far."""
        plan, counts = self.plan, self._counts.counts
        effect = counts.design_effect
        canary, baseline = counts.canary / effect, counts.baseline / effect
        calls = counts.calls / effect
        return RolloutEvidence(
            worse=above(canary, baseline, share_of_bad(plan.tolerated_ratio, self._step)),
            rollback_from=plan.rollback_threshold,
            not_worse=below(canary, baseline, share_of_bad(plan.margin_ratio, self._step)),
            negligible=below(canary, max(0.0, calls - canary), plan.negligible),
            promote_from=plan.promotion_threshold,
            limits=self._limits(),
            limit_from=plan.limit_threshold,
        )

    def _limits(self) -> dict[str, float]:
        limits, held = self.plan.limits, self._counts
        found = {
            "fast burn rate": _beyond(held.block, limits.error_budget * limits.fast_burn_rate)
            - log(
                held.blocks * (held.blocks + 1)
            ),  # The k-th block gets 1/(k(k+1)) of the probability of error.
            "slow burn rate": _beyond(held.counts, limits.error_budget * limits.slow_burn_rate),
        }
        if limits.latency_ceiling_s is not None:
            found["latency ceiling"] = _beyond(held.over_ceiling, SLOW_SHARE)
        if limits.queue_depth is not None:
            found["queue depth"] = _beyond(held.waiting, WAITING_SHARE)
        return found

    def _count(self, canary: ArmSecond, baseline: ArmSecond) -> None:
        held, calls = self._counts, canary.calls
        if held.block.seconds == BLOCK_S:
            held.block, held.blocks = BadCounts(self._step.share), held.blocks + 1
        for counts in (held.counts, held.block):
            counts.add_second(canary.bad, baseline.bad, calls)
        held.over_ceiling.add_second(canary.over_ceiling, baseline.over_ceiling, calls)
        depth = self.plan.limits.queue_depth
        if depth is not None:  # Of a queue the seconds are counted, not the calls.
            held.waiting.add_second(canary.waiting >= depth, baseline.waiting >= depth, 1)

    @property
    def _step(self) -> RolloutStep:
        return self.plan.steps[self.step]

    def _next(self) -> None:
        if self.step + 1 == len(self.plan.steps):
            self._ends("promoted", "not worse than the baseline in any step")
        else:
            self.step += 1
            self._counts = _StepCounts(self._step.share)

    def _ends(self, state: State, reason: str) -> None:
        self.state, self.reason = state, reason


def share_of_bad(ratio: float, step: RolloutStep) -> float:
    """The canary's share of all bad calls when its rate of bad calls is `ratio` times the baseline's."""
    return ratio * step.share / (ratio * step.share + 1.0 - step.share)


def _beyond(counts: BadCounts, share: float) -> float:
    """ln of the evidence that more than `share` of the canary's were bad, and more than of the baseline's."""
    effect = counts.design_effect
    canary, baseline, calls = counts.canary / effect, counts.baseline / effect, counts.calls / effect
    return min(
        above(canary, max(0.0, calls - canary), min(share, 0.99)), above(canary, baseline, counts.share)
    )
