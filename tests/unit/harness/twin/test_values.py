"""The measurements of a simulated run as numbers are those that a recorded run would get."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.measure.measurements import measurements
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.twin.simulation import simulate
from harness.twin.values import values_of


def test_values_are_those_of_the_measures_of_a_run():
    written = read_scenario("dependency-slowdown")
    evidence = simulate(read_policy("textbook"), written.scenario, written.upstream).evidence
    found, measured = values_of(evidence), measurements(evidence)
    shared = {name: m.number for name, m in measured.items() if name in found}
    assert {"latency.p99", "goodput", "error_ratio", "amplification", "thread_wait.p99"} <= shared.keys()
    assert np.array([found[name] for name in shared]) == pytest.approx(
        np.array([*shared.values()]), rel=1e-12
    )
