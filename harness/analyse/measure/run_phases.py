"""The phases of a run: warm-up, before the fault, fault, recovery, drain; without a fault the load is one phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mock_upstream.profile import TimelineFault

PhaseName = Literal["warm-up", "before", "fault", "recovery", "load", "drain"]


@dataclass(frozen=True, slots=True)
class RunPhase:
    """A stretch of a run in seconds since its start; `until_s` itself is outside."""

    name: PhaseName
    from_s: float
    until_s: float


def run_phases(
    warmup_s: float, faults: Sequence[TimelineFault], last_arrival_s: float, end_s: float
) -> tuple[RunPhase, ...]:
    """The phases in their order, without gaps, from 0 to `end_s`; those that last no time are left out.

    The fault's phase is from the start of the first fault to the end of the last one, or to the last arrival where
    one has no end. A warm-up ends where a fault begins, and a phase that the run did not reach is left out.
    """
    begin_s = min((fault.at_s for fault in faults), default=last_arrival_s)
    ends = [last_arrival_s if fault.for_s is None else fault.at_s + fault.for_s for fault in faults]
    over_s = max(ends, default=last_arrival_s)
    before: PhaseName = "before" if begin_s < last_arrival_s else "load"
    edges: tuple[tuple[PhaseName, float], ...] = (
        ("warm-up", min(warmup_s, begin_s)),
        (before, begin_s),
        ("fault", over_s if faults else begin_s),
        ("recovery", last_arrival_s),
        ("drain", end_s),
    )
    found: list[RunPhase] = []
    for name, edge_s in edges:
        from_s = found[-1].until_s if found else 0.0
        until_s = min(edge_s, end_s if name == "drain" else min(last_arrival_s, end_s))
        if until_s > from_s:
            found.append(RunPhase(name, from_s, until_s))
    return tuple(found)
