"""The effect of levers in a rehearsed incident: whether and when the client recovered, and at what cost."""

from __future__ import annotations

from harness.model.lever_catalogue import Lever
from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen


class Repetition(Frozen):
    """One run of the incident with levers, in the order in which they were applied, or without one.

    Reverts are not among the `levers`; `reverted_s` is when the first of them came. `recovery` counts from the end
    of the trigger; None of its `high` means that the client had not recovered when the run ended. `lost` are calls
    that failed from the trigger's start on, `peak_amplification` is the worst second's attempts per call after it.
    """

    levers: tuple[Lever, ...]
    run: str
    pulled_s: float | None
    reverted_s: float | None
    recovery: Measurement
    lost: Measurement
    peak_amplification: Measurement

    @property
    def recovered(self) -> bool:
        """Whether the client recovered before the run ended."""
        return self.recovery.high is not None


class Rehearsal(Frozen):
    """One incident, one policy, several levers: the repetitions, best first."""

    scenario: str
    policy: str
    trigger_s: tuple[float, float]
    offered_per_s: float
    repetitions: tuple[Repetition, ...]

    @property
    def by_itself(self) -> Repetition | None:
        """The repetition without any lever: whether the client recovers once the cause has ended."""
        return next((r for r in self.repetitions if not r.levers), None)


def ranked(repetitions: list[Repetition]) -> tuple[Repetition, ...]:
    """Those that lost the fewest calls first, then by their recovery: a lever that helps in part counts for that."""
    return tuple(sorted(repetitions, key=lambda r: (r.lost.number, not r.recovered, r.recovery.number)))
