"""Which faults and levers of a scenario's timeline are on, for annotations in charts."""

from __future__ import annotations

from harness.model.scenario import Scenario
from mock_upstream.profile import TimelineFault

Condition = tuple[str, str]
CONDITIONS_AT_MOST = 40


def conditions(scenario: Scenario) -> list[Condition]:
    """Kind and name of everything in the timeline, each once, at most forty."""
    named = dict.fromkeys(_named(entry) for entry in scenario.faults)
    return list(named)[:CONDITIONS_AT_MOST]


def active(scenario: Scenario, at_s: float) -> set[Condition]:
    """What is on, `at_s` seconds after the run's epoch."""
    return {
        _named(entry)
        for entry in scenario.faults
        if entry.at_s <= at_s and (entry.for_s is None or at_s < entry.at_s + entry.for_s)
    }


def _named(entry: TimelineFault) -> Condition:
    return ("fault", entry.fault.label())
