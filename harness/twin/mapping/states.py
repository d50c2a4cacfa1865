"""Whether a policy is stable, vulnerable or overloaded in one cell: from a simulation or a run with and without faults.

A system is vulnerable where it serves its load, and a temporary fault can bring it into a state that outlasts the fault
(N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021; L. Huang et al., Metastable Failures in the
Wild, OSDI 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from harness.model.scenario import Scenario
from harness.model.slo import Slo
from harness.model.stability_map import SeedOutcome

SERVED = 0.95
"""The least goodput of a cell that is not overloaded, as a share of the offered rate."""


def calm(scenario: Scenario) -> Scenario:
    """The scenario without its faults; the second half of the arrivals counts, so that a backlog has time to grow."""
    slo = scenario.slo.model_copy(update={"warmup_s": scenario.duration_s / 2.0, "warmup": "stated"})
    return scenario.model_copy(update={"timeline": (), "slo": slo})


def goodput_ratio(without_faults: Mapping[str, float]) -> float:
    """Goodput as a share of the offered rate."""
    offered = without_faults.get("offered_rate", 0.0)
    return without_faults["goodput"] / offered if offered else 1.0


def is_overloaded(without_faults: Mapping[str, float], slo: Slo) -> bool:
    """Whether the load is not served, or breaks the SLO, without any fault of the scenario."""
    return goodput_ratio(without_faults) < SERVED or breaks(without_faults, slo)


def breaks(measured: Mapping[str, float], slo: Slo) -> bool:
    """Whether a threshold over the whole run is broken; those of a route, of a window or of a baseline are left out."""
    held = (t for t in slo.parsed if not (t.relative or t.route or t.window_s or t.statistic == "recovery"))
    found = [(t, measured[t.measurement]) for t in held if t.measurement in measured]
    return any(value >= t.limit if t.upper else value <= t.limit for t, value in found)


def outcome(without_faults: Mapping[str, float], with_faults: Mapping[str, float], slo: Slo) -> SeedOutcome:
    """The state that both come to; `with_faults` may be empty where the cell is overloaded.

    Untested is a cell where no fault ends early enough for a recovery to be measured.
    """
    served = goodput_ratio(without_faults)
    if is_overloaded(without_faults, slo):
        return SeedOutcome(state="overloaded", goodput_ratio=served)
    recovery_s = with_faults.get("recovery")
    if recovery_s is None:
        return SeedOutcome(state="untested", goodput_ratio=served)
    if recovery_s == inf:
        return SeedOutcome(state="vulnerable", goodput_ratio=served)
    return SeedOutcome(state="stable", recovery_s=recovery_s, goodput_ratio=served)
