"""What a search improves, in a simulated run and in a run of the lab."""

from __future__ import annotations

from math import inf

import pytest

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.margins import margins_of
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.tuning import AMPLIFICATION, GOODPUT, LATENCY
from harness.tuning.objectives import excesses, judged, measured, part_of, simulated
from harness.twin.simulation import simulate
from harness.twin.sweep import SweepCell


def evidence_of(scenario, policy, *settings):
    written = read_scenario(scenario, read_overrides(settings))
    return simulate(read_policy(policy), written.scenario, written.upstream).evidence, written


def test_the_incident_lasts_from_the_fault_to_the_last_arrival():
    evidence, written = evidence_of("retry-storm", "storm-no-retries")
    incident = part_of(evidence, GOODPUT, written.scenario).window
    before = part_of(evidence, LATENCY, written.scenario).window
    assert (incident.start_s, incident.end_s) == (8.0, 45.0)
    assert (before.start_s, before.end_s) == (3.0, 8.0)
    assert part_of(evidence, AMPLIFICATION, written.scenario) is evidence


def test_without_a_fault_the_objectives_are_those_of_the_whole_run():
    evidence, written = evidence_of(
        "baseline", "careful", "scenario.arrivals=[{rate_per_s=50, duration_s=6}]"
    )
    for objective in (GOODPUT, LATENCY, AMPLIFICATION):
        assert part_of(evidence, objective, written.scenario) is evidence


def test_twin_and_lab_measure_the_same_of_the_same_calls():
    evidence, written = evidence_of("retry-storm", "storm-budget")
    in_lab = measured(evidence, written.scenario)
    in_twin = simulated(SweepCell(read_policy("storm-budget"), written.scenario, written.upstream))
    for objective in (GOODPUT, LATENCY, AMPLIFICATION):
        assert in_lab[objective.name].number == pytest.approx(in_twin[objective.name])
        assert (in_lab[objective.name].name, in_lab[objective.name].unit) == (objective.name, objective.unit)
    assert in_twin["recovery"] == measurements(evidence)["recovery"].value


def test_the_fault_lowers_the_goodput_of_its_part_alone():
    evidence, written = evidence_of("retry-storm", "storm-three-retries")
    in_lab = measured(evidence, written.scenario)
    assert in_lab[GOODPUT.name].number < 50
    assert measurements(evidence.between(3, 8))["goodput"].number > 230
    assert in_lab[LATENCY.name].number < 0.1


def test_thresholds_of_baselines_and_of_the_load_generator_are_not_judged():
    written = read_scenario(
        "baseline",
        read_overrides(
            [
                "scenario.slo.thresholds=['p99(latency) < 1s', 'p99(latency{route=\"GET /a\"}) < 1s', "
                "'ratio(error) < 5% over any 10s', 'p99(latency) < 1.1x baseline', 'recovery < 5s']"
            ]
        ),
    )
    assert [t.statistic for t in judged(written.scenario)] == ["p99", "p99", "ratio", "recovery"]


THRESHOLDS = (
    "p99(latency) < 1.5s", "ratio(error) < 5%", "ratio(error) < 1.8%", "rate(goodput) > 70/s", "rate(goodput) > 200/s",
    "recovery < 20s", "ratio(error) < 20% over any 5s", 'p99(latency{route="GET /orders/{id}"}) < 1.5s',
    "p999(latency) < 100s",
)  # fmt: skip


@pytest.mark.parametrize("policy", ["careful", "textbook"])
def test_an_excess_is_zero_where_the_judge_of_a_run_passes_the_threshold_and_positive_elsewhere(policy):
    given = f"scenario.slo.thresholds={list(THRESHOLDS)}"
    evidence, _ = evidence_of("dependency-slowdown", policy, given)
    found = excesses(evidence)
    margins = margins_of(evidence, measurements(evidence), None)
    assert list(found) == list(THRESHOLDS)
    assert [each == 0.0 for each in found.values()] == [m.verdict == "pass" for m in margins]
    assert {m.verdict for m in margins} >= {"pass", "inconclusive"}


def test_an_excess_is_that_of_the_bound_and_not_of_the_value():
    evidence, _ = evidence_of(
        "dependency-slowdown", "careful", "scenario.slo.thresholds=['ratio(error) < 1.8%']"
    )
    (excess,) = excesses(evidence).values()
    error = measurements(evidence)["error_ratio"]
    assert error.number < 0.018 < error.high
    assert excess == pytest.approx(error.high / 0.018 - 1.0)


def test_a_threshold_of_a_route_that_no_call_takes_has_no_bound():
    given = "scenario.slo.thresholds=['p99(latency{route=\"GET /none\"}) < 1s']"
    assert list(excesses(evidence_of("baseline", "careful", given)[0]).values()) == [inf]
