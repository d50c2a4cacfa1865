"""The faults of an upstream as arrays, in the order in which it applies them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from math import inf

import numpy as np
from numpy.typing import NDArray

from harness.twin.world import BROKEN, CUT, FAULTS, HANG, LATENCY, QUOTA, RESET, SLOWDOWN, STATUS, Records
from mock_upstream.profile import Fault, Profile, TimelineFault

Matches = NDArray[np.bool_]
_KINDS = {
    "latency": LATENCY, "slowdown": SLOWDOWN, "status": STATUS, "reset": RESET, "empty": RESET,
    "silent_close": RESET, "hang": HANG, "quota": QUOTA,
}  # fmt: skip


def fault_table(
    profile: Profile, routes: Sequence[tuple[str, str, str]]
) -> tuple[Records, Matches, list[str]]:
    """The faults of requests: their records, which routes they are for, and the rules of their random numbers.

    The scenario's faults are in the upstream's timeline. Shapes (faults,), (faults, routes) and (faults,).
    """
    rows = [(rule, entry) for rule, entry in _entries(profile) if entry.fault.kind in _KINDS]
    found = np.zeros(len(rows), FAULTS)
    for place, (_, entry) in enumerate(rows):
        found[place] = _record(entry)
    matches = np.array([[_hits(entry.fault, *route[:2]) for route in routes] for _, entry in rows], bool)
    return found, matches.reshape(len(rows), len(routes)), [rule for rule, _ in rows]


def _record(entry: TimelineFault) -> tuple[float, ...]:
    fault = entry.fault
    flaps = (inf if fault.on_s is None else fault.on_s), fault.off_s
    limits = (-1 if fault.first is None else fault.first), (-1 if fault.attempts is None else fault.attempts)
    return (
        _KINDS[fault.kind], entry.at_s, _until_s(entry), entry.ramp_s, *flaps, fault.ratio, *limits, *_numbers(fault),
        int(getattr(fault, "status", 0)), _retry_after_s(fault), 0, -1.0,
    )  # fmt: skip


def pauses(profile: Profile) -> list[tuple[float, float]]:
    """When the workers are paused, from and until, in seconds of the run."""
    return [(e.at_s, _until_s(e)) for _, e in _entries(profile) if e.fault.kind == "pause"]


def _entries(profile: Profile) -> list[tuple[str, TimelineFault]]:
    """Every fault with the name of its rule, from which its random numbers follow."""
    timed = [(f"timeline.{i}", entry) for i, entry in enumerate(profile.timeline)]
    always = [(f"fault.{i}", TimelineFault(at_s=0.0, fault=fault)) for i, fault in enumerate(profile.fault)]
    region = profile.regions()[0]
    own = [TimelineFault(at_s=0.0, fault=fault) for fault in region.fault]
    return [*always, *((f"region.{region.name}.{i}", entry) for i, entry in enumerate(own)), *timed]


def _until_s(entry: TimelineFault) -> float:
    lasts_s = min(entry.for_s or inf, entry.fault.ttl_s or inf)
    return entry.at_s + lasts_s


def _hits(fault: Fault, method: str, path: str) -> bool:
    return fnmatchcase(path, fault.route) and fault.method in ("*", method)


def _numbers(fault: Fault) -> tuple[float, float]:
    """The two numbers of its effect: seconds and their jitter, a factor, how the response ends, a window's limit."""
    if fault.kind == "latency":
        return fault.add_s, fault.jitter_s
    if fault.kind == "slowdown":
        return fault.factor, 0.0
    if fault.kind == "quota":
        return fault.window_s, float(fault.limit)
    return float(CUT if getattr(fault, "when", "") == "in_body" else BROKEN), 0.0


def _retry_after_s(fault: Fault) -> float:
    if fault.kind == "quota":
        return 0.0 if fault.retry_after == "none" else 1.0
    return float(getattr(fault, "retry_after_s", 0) or 0)
