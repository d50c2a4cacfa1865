"""The state of a cell, from simulations with and without faults."""

from __future__ import annotations

from math import inf

import pytest

from harness.inputs.scenarios import read_scenario
from harness.model.slo import Slo
from harness.twin.mapping.states import calm, outcome

SLO = Slo(thresholds=("p99(latency) < 250ms", "recovery < 1s", 'p99(latency{route="a"}) < 1ms'))
SERVED = {"offered_rate": 100.0, "goodput": 99.0, "latency.p99": 0.1}


@pytest.mark.parametrize(
    ("without", "with_faults", "state"),
    [
        (SERVED, {"recovery": 4.0}, "stable"),
        (SERVED, {"recovery": inf}, "vulnerable"),
        (SERVED, {}, "untested"),
        ({**SERVED, "goodput": 94.9}, {"recovery": 0.0}, "overloaded"),
        ({**SERVED, "goodput": 95.1}, {"recovery": 0.0}, "stable"),
        ({**SERVED, "latency.p99": 0.25}, {"recovery": 0.0}, "overloaded"),
        ({"goodput": 0.0, "offered_rate": 0.0}, {"recovery": 0.0}, "stable"),
    ],
)
def test_a_state_follows_from_what_is_served_and_from_recovery(without, with_faults, state):
    assert outcome(without, with_faults, SLO).state == state


def test_the_time_of_recovery_is_kept_where_there_was_one():
    assert outcome(SERVED, {"recovery": 4.0}, SLO).recovery_s == 4.0
    assert outcome(SERVED, {"recovery": inf}, SLO).recovery_s is None


def test_without_faults_the_second_half_counts():
    scenario = read_scenario("retry-storm").scenario
    found = calm(scenario)
    assert found.timeline == ()
    assert found.slo.warmup_s == scenario.duration_s / 2
    assert found.arrivals == scenario.arrivals
