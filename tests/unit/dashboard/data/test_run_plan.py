"""A plan of runs, its commands and what it changes."""

from __future__ import annotations

import pytest

from dashboard.data.run_plan import RunPlan, changed_settings, fitting_policies, seeds_of
from harness.model.errors import ConfigError


def test_one_policy_is_run_once_for_each_seed_and_repetition() -> None:
    plan = RunPlan("baseline", ("careful",), (7, 8), 2, ("scenario.slo.warmup_s=1",))
    run = ["run", "baseline", "--policy", "careful", "--seed"]
    changed = ["--set", "scenario.slo.warmup_s=1"]
    assert plan.commands() == [[*run, seed, *changed] for seed in ("7", "8", "7", "8")]
    assert plan.runs == 4


def test_several_policies_are_compared_with_all_seeds() -> None:
    plan = RunPlan("baseline", ("careful", "textbook"), (7, 8))
    policies = ["--policy", "careful", "--policy", "textbook"]
    assert plan.commands() == [["compare", "baseline", *policies, "--seed", "7", "--seed", "8"]]
    assert plan.runs == 4


def test_without_seeds_the_scenarios_own_is_used() -> None:
    assert RunPlan("baseline", ("careful",)).commands() == [["run", "baseline", "--policy", "careful"]]


@pytest.mark.parametrize(
    ("text", "seeds"), [("", ()), ("7", (7,)), ("7, 8 9", (7, 8, 9)), ("3-5,4", (3, 4, 5)), ("5-3", ())]
)
def test_seeds_are_read_from_a_text(text: str, seeds: tuple[int, ...]) -> None:
    assert seeds_of(text) == seeds


@pytest.mark.parametrize("text", ["x", "1.5", "-1", "1-", "1-9999", "9" * 30])
def test_a_text_that_is_no_seeds_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"seeds: .*such as|at most 60"):
        seeds_of(text)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (RunPlan("baseline", ()), "choose one or more policies"),
        (RunPlan("baseline", ("careful", "careful")), "different names"),
        (RunPlan("baseline", ("careful",), tuple(range(40)), 2), "at most 60"),
        (RunPlan("baselime", ("careful",)), "did you mean baseline"),
        (RunPlan("baseline", ("careful",), overrides=("policy.pool=3",)), "pool"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused(plan: RunPlan, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        plan.read()


def test_changes_stand_beside_the_values_in_the_files() -> None:
    overrides = (
        "policy.adapter.pool_maxsize=5",
        "upstream.capacity.workers=3",
        "scenario.arrivals.0.rate_per_s=9",
    )
    changes = changed_settings(RunPlan("baseline", ("careful",), overrides=overrides))
    assert [(of, key, after) for of, key, _, after in changes] == [
        ("scenario baseline", "arrivals.0.rate_per_s", 9.0),
        ("upstream fixed-8x20ms", "capacity.workers", 3),
        ("policy careful", "adapter.pool_maxsize", 5),
    ]
    assert all(before != after for _, _, before, after in changes)


def test_a_plan_as_in_the_files_changes_nothing() -> None:
    assert changed_settings(RunPlan("baseline", ("careful", "textbook"))) == []


@pytest.mark.parametrize(
    ("scenario", "fitting"), [("orders-service", ["as-is", "careful"]), ("baseline", ["careful"])]
)
def test_only_a_service_of_the_teams_own_can_be_left_as_it_is(scenario: str, fitting: list[str]) -> None:
    assert fitting_policies(scenario, ["as-is", "careful"]) == fitting
