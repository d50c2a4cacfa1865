"""What a scenario plans, before it is run: its arrivals over time, and its faults and levers."""

from __future__ import annotations

import json
from collections import Counter
from math import cos, pi

import pandas as pd

from dashboard.data.event_spans import spans
from harness.model.arrivals import Burst, Closed, Phase, Ramp, Replay, Seasonal, Spike, Steps
from harness.model.lever import lever_text
from harness.model.scenario import Scenario

SAMPLES = 120
MOST_CORNERS = 1000
EVENTS = ["at_s", "kind", "name", "action", "detail"]


def planned_rates(scenario: Scenario) -> pd.DataFrame:
    """The planned rate as corners of a line: at_s, rate_per_s. Empty for closed-loop users, who plan no rate."""
    corners: list[tuple[float, float]] = []
    begin_s = 0.0
    for phase in scenario.arrivals:
        corners += [(begin_s + at_s, rate) for at_s, rate in _corners(phase)]
        begin_s += phase.duration_s
    return pd.DataFrame(corners, columns=["at_s", "rate_per_s"])


def planned_spans(scenario: Scenario) -> pd.DataFrame:
    """The faults and levers of the timeline as `event_spans.spans` of a run that keeps to it."""
    events: list[tuple[float, str, str, str, str]] = []
    for number, fault in enumerate(scenario.faults):
        rule = {"rule": str(number)}
        detail = fault.fault.model_dump(mode="json", exclude_defaults=True) | rule
        events.append((fault.at_s, "fault", str(fault.fault.kind), "on", json.dumps(detail)))
        if fault.for_s is not None:
            off = (fault.at_s + fault.for_s, "fault", str(fault.fault.kind), "off", json.dumps(rule))
            events.append(off)
    for entry in scenario.levers:
        condition = f" when {entry.when}" if entry.when else ""
        events.append((entry.at_s, "lever", lever_text(entry.pull) + condition, "pulled", "{}"))
    return spans(pd.DataFrame(events, columns=EVENTS), scenario.duration_s)


def plan_sentence(scenario: Scenario) -> str:
    """The arrivals of a scenario, its length and its threads, in a sentence."""
    phases = "; ".join(phase.summary for phase in scenario.arrivals)
    service = scenario.service
    return (
        f"Arrivals: {phases}, for {scenario.duration_s:g} s. "
        f"Service: {service.processes} × {service.threads} threads. "
        f"Counted from {scenario.slo.warmup_s:g} s."
    )


def _corners(phase: Phase) -> list[tuple[float, float]]:
    """The corners of a phase: seconds since its start, and the rate."""
    edges, rates = [0.0, phase.duration_s], [phase.most_per_s]
    match phase:
        case Ramp():
            return [(0.0, phase.rate_per_s), (phase.duration_s, phase.to_rate_per_s)]
        case Seasonal():
            times = [phase.duration_s * sample / SAMPLES for sample in range(SAMPLES + 1)]
            turn = 2 * pi / phase.period_s
            return [(at_s, phase.rate_per_s * (1 - phase.swing * cos(turn * at_s))) for at_s in times]
        case Steps():
            edges, rates = [0.0, *phase.edges_s, phase.duration_s], list(phase.rates_per_s)
        case Spike():
            edges = [min(edge, phase.duration_s) for edge in (0.0, *phase.edges_s, phase.duration_s)]
            rates = [phase.rate_per_s, phase.peak_per_s, phase.rate_per_s]
        case Burst():
            edges = [0.0, *phase.edges_s, phase.duration_s][:MOST_CORNERS]
            rates = [phase.rate_per_s * (turn % 2 == 0) for turn in range(len(edges) - 1)]
        case Replay():
            counts = Counter(int(time_s / phase.speed) for time_s in phase.times_s)
            last = int(phase.duration_s)
            edges, rates = [float(s) for s in range(last + 2)], [float(counts[s]) for s in range(last + 1)]
        case Closed():
            return []
    return _stairs(edges, rates)


def _stairs(edges_s: list[float], rates: list[float]) -> list[tuple[float, float]]:
    pairs = zip(edges_s, edges_s[1:], rates, strict=False)
    return [corner for begin, end, rate in pairs for corner in ((begin, rate), (end, rate))]
