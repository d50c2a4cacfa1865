"""Which faults of a scenario's timeline are on, for annotations in charts."""

from __future__ import annotations

from harness.model.scenario import Scenario

FAULTS_AT_MOST = 40


def planned(scenario: Scenario) -> list[str]:
    """The names of the faults in the timeline, each once, at most forty. Levers are counted as they are pulled."""
    return list(dict.fromkeys(entry.fault.label() for entry in scenario.faults))[:FAULTS_AT_MOST]


def active(scenario: Scenario, at_s: float) -> set[str]:
    """The names of those that are on, `at_s` seconds after the run's epoch."""
    return {
        entry.fault.label()
        for entry in scenario.faults
        if entry.at_s <= at_s and (entry.for_s is None or at_s < entry.at_s + entry.for_s)
    }
