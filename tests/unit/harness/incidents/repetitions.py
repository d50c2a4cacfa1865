"""Repetitions and rehearsals with made-up results."""

from __future__ import annotations

from harness.model.lever_catalogue import AnyLever
from harness.model.rehearsal import Rehearsal, Repetition, ranked
from harness.model.verdict import Measurement


def _measured(value: float, high: float | None, unit: str = "s") -> Measurement:
    return Measurement(name="x", value=value, unit=unit, n=10, low=value, high=high)  # type: ignore[arg-type]


def repetition(recovery_s: float, *levers: AnyLever, back: bool, lost: int = 5, run: str = "r") -> Repetition:
    """A repetition that recovered after `recovery_s`, or that had not by then."""
    return Repetition(
        levers=levers,
        run=run,
        pulled_s=None,
        reverted_s=None,
        recovery=_measured(recovery_s, recovery_s + 2 if back else None),
        lost=_measured(lost, lost, "count"),
        peak_amplification=_measured(4.0, None, "attempts/call"),
    )


def rehearsal(*repetitions: Repetition) -> Rehearsal:
    """The rehearsal of these repetitions."""
    return Rehearsal(
        scenario="s", policy="p", trigger_s=(6, 10), offered_per_s=250, repetitions=ranked(list(repetitions))
    )
