"""How long a scenario has to be to decide its SLO: from a recorded run of it, or from its planned load."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.analyse.verdict.run_length import Length, at_load, lengths, measured_in
from harness.assess.runs import evidence_of
from harness.model.arrivals import Phase, Seasonal
from harness.model.errors import RecordError
from harness.model.scenario import Scenario
from harness.record.reader import Record, list_runs
from mock_upstream.profile import Profile

UNKNOWN_LOAD = 0.8
"""Assumed of an upstream whose capacity is not known."""
_QUANTILES = 1000


@dataclass(frozen=True, slots=True)
class RunLengths:
    """The lengths, and where the pace of the calls comes from: the name of a run, or the load of a queue."""

    lengths: list[Length]
    run: str = ""
    load: float = 0.0


def run_lengths(scenario: Scenario, policy: str, upstream: Profile, root: Path) -> RunLengths:
    """For the scenario's SLO; measured in the newest complete run of this scenario and policy under `root`."""
    record, until_s = _newest(root, scenario, policy), scenario.trigger_s and scenario.trigger_s[1]
    if record is not None:
        return RunLengths(lengths(scenario.slo, measured_in(evidence_of(record)), until_s), run=record.run.id)
    rate_per_s = sum(map(_planned, scenario.arrivals)) / scenario.duration_s
    load = planned_load(upstream, rate_per_s)
    return RunLengths(lengths(scenario.slo, at_load(rate_per_s, load), until_s), load=load)


def planned_load(upstream: Profile, calls_per_s: float) -> float:
    """The share of the workers' time that calls with the upstream's mean service time take; 80% without workers."""
    if upstream.capacity.workers is None:
        return UNKNOWN_LOAD
    middles = ((i + 0.5) / _QUANTILES for i in range(_QUANTILES))
    mean_s = sum(upstream.service_time.draw_s(u) for u in middles) / _QUANTILES
    return calls_per_s * mean_s / upstream.capacity.workers


def _planned(phase: Phase) -> float:
    """The arrivals of a phase: over whole periods, a seasonal one has its mean rate."""
    return phase.rate_per_s * phase.duration_s if isinstance(phase, Seasonal) else phase.arrivals


def _newest(root: Path, scenario: Scenario, policy: str) -> Record | None:
    try:
        found = list_runs(root)
    except RecordError:
        return None
    wanted = (scenario.name, policy, scenario.most_per_s)
    for record in found:
        if isinstance(record, Record) and record.state == "complete" and _of(record) == wanted:
            return record
    return None


def _of(record: Record) -> tuple[str, str, float]:
    run = record.run
    return run.scenario.name, run.policy.name, run.scenario.most_per_s
