"""Which levers a rehearsal tries, and how they come onto the timeline."""

from __future__ import annotations

from harness.incidents.rehearse import default_levers, with_lever
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from tests.unit.harness.model.levers import EXAMPLES, lever

FOUND = read_scenario("retry-storm")
PLAN = Plan(read_policy("textbook"), FOUND.scenario, FOUND.upstream)


def test_a_lever_is_on_the_timeline_with_what_reverts_it() -> None:
    throttle = lever("throttle", rate_per_s=60)
    on, off = with_lever(PLAN, throttle, at_s=15.0, hold_s=10.0).scenario.levers
    assert (on.at_s, on.pull) == (15.0, throttle)
    assert (off.at_s, off.pull) == (25.0, lever("throttle", rate_per_s=False))


def test_a_count_is_reverted_to_the_plan_s_own() -> None:
    _, off = with_lever(PLAN, lever("pool", maxsize=99), at_s=15.0, hold_s=10.0).scenario.levers
    assert off.pull == lever("pool", maxsize=PLAN.policy.adapter.pool_maxsize)


def test_a_lever_that_can_t_be_reverted_is_alone_on_the_timeline() -> None:
    (only,) = with_lever(PLAN, lever("clear_faults"), at_s=15.0, hold_s=10.0).scenario.levers
    assert only.pull == lever("clear_faults")


def test_a_plan_with_any_lever_can_be_written_and_read_again() -> None:
    for name, settings in EXAMPLES.items():
        scenario = with_lever(PLAN, lever(name, **settings), at_s=15.0, hold_s=10.0).scenario
        assert type(scenario).model_validate_json(scenario.model_dump_json()).levers == scenario.levers


def test_the_usual_throttle_is_half_of_the_offered_rate_over_all_processes() -> None:
    assert lever("throttle", rate_per_s=50.0) in default_levers(200.0, processes=2)
