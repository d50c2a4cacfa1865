"""The seconds of a run that its page shows: all of them, a phase, or any others, as the page's address has them.

They are whole bins of the charts, so that the numbers and the charts are about the same seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite

from harness.analyse.measure.run_phases import RunPhase, run_phases
from harness.record.reader import Record

BINS_AT_MOST = 300
"""Bins of a chart: more than a screen can show."""
SHOWN_AT_MOST = 40
"""Characters of a wrong value that its sentence repeats."""
KEYS = ("phase", "from", "to")
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShownWindow:
    """Seconds since the run's start; `until_s` itself is outside. `phase` names the phase that they are, if any."""

    from_s: float
    until_s: float
    phase: str = ""

    @property
    def text(self) -> str:
        """`8 s to 12 s`."""
        return f"{self.from_s:g} s to {self.until_s:g} s"


def phases_of(record: Record, end_s: float) -> tuple[RunPhase, ...]:
    """The phases of a recorded run that ended, or is known, until `end_s`."""
    run = record.run
    faults = (*run.scenario.faults, *run.upstream.timeline)
    return run_phases(run.scenario.slo.warmup_s, faults, run.scenario.duration_s, end_s)


def parameters_of(window: ShownWindow | None) -> dict[str, str]:
    """What the address says of the seconds shown; nothing for the whole run."""
    if window is None:
        return {}
    return (
        {"phase": window.phase}
        if window.phase
        else {"from": f"{window.from_s:g}", "to": f"{window.until_s:g}"}
    )


def window_of(
    parameters: Parameters, phases: Sequence[RunPhase], end_s: float
) -> tuple[ShownWindow | None, list[str]]:
    """The seconds of an address, in whole seconds within the run, and a sentence about a value that is none.

    None is the whole run.
    """
    if name := parameters.get("phase", ""):
        found = next((phase for phase in phases if phase.name == name), None)
        if found is not None:
            return _whole_bins(found.from_s, found.until_s, found.name), []
        known = ", ".join(phase.name for phase in phases) or "none yet"
        return None, [
            f"The address has phase={name[:SHOWN_AT_MOST]!r}, which this run does not have (it has: {known}). "
            "The whole run is shown."
        ]
    if not any(parameters.get(key) for key in ("from", "to")):
        return None, []
    from_s, until_s = _seconds(parameters.get("from") or "0"), _seconds(parameters.get("to") or f"{end_s}")
    if from_s is None or until_s is None or until_s <= from_s or from_s >= end_s:
        given = " and ".join(
            f"{key}={parameters[key][:SHOWN_AT_MOST]!r}" for key in ("from", "to") if key in parameters
        )
        return None, [
            f"The address has {given}, which are no seconds of this run, which lasted {end_s:g} s. "
            "The whole run is shown."
        ]
    return _whole_bins(from_s, min(until_s, end_s)), []


def bin_of(length_s: float) -> float:
    """The length of a bin in seconds in charts of so many seconds: a whole number."""
    return float(max(1, ceil(length_s / BINS_AT_MOST)))


def _whole_bins(from_s: float, until_s: float, phase: str = "") -> ShownWindow:
    bin_s = bin_of(until_s - from_s)
    return ShownWindow(floor(from_s / bin_s) * bin_s, ceil(until_s / bin_s) * bin_s, phase)


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if isfinite(seconds) and seconds >= 0 else None
