"""The rollout of a run: the Session that both policies send for, and rows of what is compared while they do."""

from __future__ import annotations

from math import floor
from typing import NamedTuple

from harness.model.rehearsed_rollout import RehearsedRollout
from harness.observe.exporter import Exporter
from harness.session.resilience.status import PolicyStatus, policy_status
from harness.session.rollout.canary import Canary
from harness.session.rollout.decision import ComparedSecond


class RolloutRow(NamedTuple):
    """One row of the record's `rollout` table: a second of calls, and what followed from it and those before.

    `at_s` is when the second began, for the first one a little before the run; it is compared when it is over. Evidence
    is in logarithms; that of a limit is None where the plan has no such limit.
    """

    at_s: float
    step: int
    share: float
    canary_calls: int
    canary_bad: int
    baseline_calls: int
    baseline_bad: int
    worse: float
    rollback_from: float
    not_worse: float
    negligible: float
    promote_from: float
    fast_burn_rate: float | None
    slow_burn_rate: float | None
    latency_ceiling: float | None
    queue_depth: float | None
    limit_from: float
    state: str
    reason: str
    fallbacks: int


class DrivenRollout:
    """The canary of a run. Its Session is the one of `surgeline.canary`, and takes the decisions itself."""

    table = "rollout"

    def __init__(self, rollout: RehearsedRollout) -> None:
        """Raises ConfigError when one of the policies cannot be used, or they prepare requests differently."""
        self.canary = Canary(rollout.old, rollout.new, rollout.plan)
        self.session = self.canary.make_session()
        self._compared, self._first_s = list[ComparedSecond](), 0.0
        self.canary.decision.listeners.append(self._compared.append)

    def begin(self, epoch_s: float) -> None:
        """The seconds of the rollout count from here."""
        self.canary.begin(epoch_s)
        self._first_s = (
            floor(epoch_s) - epoch_s - 1.0
        )  # Seconds are whole ones of the clock; the first has number 1.

    def rows(self) -> list[RolloutRow]:
        """The seconds that have been compared since the last time."""
        self.canary.look()
        compared, self._compared[:] = list(self._compared), []
        return [row_of(second, self._first_s, self.canary.fallbacks) for second in compared]

    def export_to(self, exporter: Exporter) -> None:
        """Sets the metrics to the state of the rollout now."""
        exporter.rollout(self.canary.status)

    def close(self) -> None:
        """Nothing is left to be waited for."""

    @property
    def guards(self) -> PolicyStatus:
        """The guards of the old policy."""
        return policy_status(self.canary.baseline.arm.controls.pipeline)


def row_of(second: ComparedSecond, first_s: float, fallbacks: int) -> RolloutRow:
    """The row of a second; second number 0 would begin at `first_s`."""
    seen, limits = second.evidence, second.evidence.limits
    return RolloutRow(
        first_s + second.number, second.step, second.share,
        second.canary.calls, second.canary.bad, second.baseline.calls, second.baseline.bad,
        seen.worse, seen.rollback_from, seen.not_worse, seen.negligible, seen.promote_from,
        limits.get("fast burn rate"), limits.get("slow burn rate"), limits.get("latency ceiling"),
        limits.get("queue depth"), seen.limit_from, second.state, second.reason, fallbacks,
    )  # fmt: skip
