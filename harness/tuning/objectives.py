"""What a search improves, measured in a simulated run and in a run of the lab in the same way.

An incident lasts from the first fault of the scenario to the last arrival, so that what the client does after the fault
counts, too. Without a fault both objectives are about the whole counted time.
"""

from __future__ import annotations

from math import inf

from harness.analyse.evidence import Evidence
from harness.analyse.measure.measurements import measurements
from harness.model.scenario import Scenario
from harness.model.slo import Threshold
from harness.model.tuning import AMPLIFICATION, GOODPUT, LATENCY, Objective
from harness.model.verdict import Measurement
from harness.twin.simulation import simulate
from harness.twin.sweep import SweepCell
from harness.twin.values import Values, values_of

PARTS = ((LATENCY, "latency.p99"), (GOODPUT, "goodput"), (AMPLIFICATION, "amplification"))
"""Each objective and the measurement of its part of the run."""


def simulated(cell: SweepCell) -> Values:
    """The measurements of a simulated run, and its objectives. Raises ConfigError for what is not modelled."""
    evidence = simulate(cell.policy, cell.scenario, cell.upstream, cell.overhead_s).evidence
    found = values_of(evidence)
    for objective, name in PARTS:
        part = part_of(evidence, objective, cell.scenario)
        found[objective.name] = (found if part is evidence else values_of(part)).get(name, inf)
    return found


def measured(evidence: Evidence, scenario: Scenario) -> dict[str, Measurement]:
    """The objectives of a run of the lab, with their intervals; without one that has no calls."""
    found = {}
    for objective, name in PARTS:
        of_part = measurements(part_of(evidence, objective, scenario)).get(name)
        if of_part is not None:
            found[objective.name] = of_part.model_copy(update={"name": objective.name})
    return found


def part_of(evidence: Evidence, objective: Objective, scenario: Scenario) -> Evidence:
    """The part of a run that the objective is about."""
    start_s, end_s = scenario.slo.warmup_s, scenario.duration_s
    first_s = min((fault.at_s for fault in scenario.faults), default=start_s)
    if objective == AMPLIFICATION or not start_s < first_s < end_s:
        return evidence
    return evidence.between(first_s, end_s) if objective == GOODPUT else evidence.between(start_s, first_s)


def judged(scenario: Scenario) -> tuple[Threshold, ...]:
    """The thresholds that a simulated run is held against: those of the whole run, of all routes."""
    return tuple(t for t in scenario.slo.parsed if not (t.route or t.window_s or t.relative))
