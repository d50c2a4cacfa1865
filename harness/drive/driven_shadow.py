"""The shadow of a run: the Session that the old policy sends for, and a row for each call that is repeated."""

from __future__ import annotations

from typing import NamedTuple

from harness.model.call import Call
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.observe.exporter import Exporter
from harness.session.resilience.status import PolicyStatus, policy_status
from harness.session.rollout.shadow import Shadow, ShadowedCall
from harness.session.trace.call_trace import CallTracer

END_WITHIN_S = 5.0
"""How long repetitions that wait at the end of the run are waited for."""
UNKNOWN = Call(-1, 0, "", "", 0.0, 0.0)


class ShadowRow(NamedTuple):
    """One row of the record's `shadow` table: a call that was repeated, or was dropped instead.

    `repeated_by` is "new", "old", or "" for one that was dropped; `different` are the names of what differed, one a
    line. `difference` and `no_difference` are the evidence after it, as ratios of what is needed.
    """

    at_s: float
    arrival: int
    step: int
    method: str
    route: str
    repeated_by: str
    different: str
    failed: bool
    difference: float
    no_difference: float


class DrivenShadow:
    """The shadow of a run. It is that of `surgeline.shadow`, whose repetitions have keys of their own."""

    table = "shadow"

    def __init__(self, rollout: RehearsedRollout) -> None:
        """Raises ConfigError when one of the policies cannot be used, or they prepare requests differently."""
        self._tracer, self._rows = CallTracer(), list[ShadowRow]()
        wanted = rollout.plan.shadow
        self.shadow = Shadow(
            rollout.old, rollout.new, wanted.share, wanted.headers, wanted.ignored, tracer=self._tracer
        )
        self.shadow.listeners.append(self._add)
        self.session = self.shadow.make_session()

    def begin(self, epoch_s: float) -> None:
        """The seconds of the run count from here."""
        self._tracer.epoch_s = epoch_s

    def rows(self) -> list[ShadowRow]:
        """The calls that have been repeated or dropped since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def export_to(self, exporter: Exporter) -> None:
        """Sets the metrics to what is known now."""
        exporter.shadow(self.shadow.counts)

    def close(self) -> None:
        """Waits for the repetitions that have been begun, for a bounded time."""
        self.shadow.end(END_WITHIN_S)

    @property
    def guards(self) -> PolicyStatus:
        """The guards of the old policy."""
        return policy_status(self.shadow.baseline.controls.pipeline)

    def _add(self, repetition: ShadowedCall) -> None:
        of, evidence = repetition.of or UNKNOWN, self.shadow.counts.evidence
        self._rows.append(
            ShadowRow(
                self._tracer.now(), of.arrival, of.step, of.method, of.route, repetition.by,
                "\n".join(repetition.different), repetition.failed,
                evidence["difference"], evidence["no difference"],
            )
        )  # fmt: skip
