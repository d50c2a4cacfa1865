"""What a search improves, measured in a simulated run and in a run of the lab in the same way.

An incident lasts from the first fault of the scenario to the last arrival, so that what the client does after the fault
counts, too. Without a fault both objectives are about the whole counted time.
"""

from __future__ import annotations

from math import inf

from harness.analyse.evidence import Evidence
from harness.analyse.measure.measurements import measurements
from harness.analyse.measure.threshold_measurements import threshold_measurements
from harness.analyse.verdict.margins import margins_of
from harness.model.scenario import Scenario
from harness.model.slo import Threshold
from harness.model.tuning import AMPLIFICATION, GOODPUT, LATENCY, Objective
from harness.model.verdict import Margin, Measurement
from harness.twin.simulation import simulate
from harness.twin.sweep import SweepCell
from harness.twin.values import NOT_SIMULATED, Values, values_of

PARTS = ((LATENCY, "latency.p99"), (GOODPUT, "goodput"), (AMPLIFICATION, "amplification"))
"""Each objective and the measurement of its part of the run."""
LEAST_EXCESS = 1e-9
"""Of a threshold that does not pass although its bound is the limit itself."""


def simulated(cell: SweepCell) -> Values:
    """The measurements of a simulated run, its objectives, and the excess of each threshold by its text.

    Raises ConfigError for what is not modelled.
    """
    evidence = simulate(cell.policy, cell.scenario, cell.upstream, cell.overhead_s).evidence
    found = values_of(evidence) | excesses(evidence)
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


def excesses(evidence: Evidence) -> Values:
    """For each threshold by its text, how much of the limit its bound is beyond it; 0 where a run's judge passes it.

    It is the bound that decides: of a run in which it is beyond the limit, the verdict is no pass, even where the
    value itself is well within. Infinite without such a bound.
    """
    margins = margins_of(evidence, threshold_measurements(evidence), None)
    return {t.text: _excess(t, margin) for t, margin in zip(evidence.slo.parsed, margins, strict=True)}


def judged(scenario: Scenario) -> tuple[Threshold, ...]:
    """The thresholds that a simulated run is held against: those that need no baseline and that the twin measures."""
    return tuple(t for t in scenario.slo.parsed if not (t.relative or t.quantity in NOT_SIMULATED))


def _excess(threshold: Threshold, margin: Margin) -> float:
    bound = margin.measured.high if threshold.upper else margin.measured.low
    if margin.verdict == "pass":
        return 0.0
    if bound is None or not margin.measured.n:
        return inf
    short = bound - threshold.limit if threshold.upper else threshold.limit - bound
    return max(LEAST_EXCESS, short / threshold.limit if threshold.limit else short)
