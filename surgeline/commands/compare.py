"""`surgeline compare`: several policies through the same arrivals and faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.model.errors import ConfigError
from harness.model.scenario import MOST_SEED
from harness.model.verdict import Comparison, Verdict
from harness.record.reader import Record
from surgeline.commands.builds import AS_IS, ServiceBuild, ServiceBuilds, plan_of_build, read_builds
from surgeline.commands.exit_codes import exit_code, worst
from surgeline.commands.options import (
    Allowed,
    Json,
    PolicyNames,
    ScenarioName,
    Settings,
    Target,
    share,
)
from surgeline.commands.plans import plan_for, recorded_run
from surgeline.commands.report import write_report
from surgeline.render.comparison import show_comparison
from surgeline.render.console import print_json
from surgeline.render.run import run_json
from surgeline.render.seed_series import show_series_of_policies


def compare(
    scenario: ScenarioName,
    policy: PolicyNames = [],
    service: ServiceBuilds = [],
    seed: Annotated[
        list[int], typer.Option(min=0, max=MOST_SEED, help="A seed for every policy; repeat for more.")
    ] = [],
    settings: Settings = [],
    report: Annotated[Path | None, typer.Option(help="Write an HTML report to this file.")] = None,
    target: Target = "",
    allow_target: Allowed = [],
    within: Annotated[
        str, typer.Option(help="Add seeds until every interval is within this share of its value, e.g. 5%.")
    ] = "",
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Add seeds until every threshold of every policy is decided."),
    ] = False,
    max_minutes: Annotated[float, typer.Option(help="Start no further round after this time.")] = 30.0,
    as_json: Json = False,
) -> None:
    """Runs several policies, or builds of a service, through the same arrivals and faults, in alternating order."""
    overrides = read_overrides(settings)
    written = read_scenario(scenario, overrides)
    seeds = seed or [written.scenario.seed]
    policies = policy or [AS_IS] if service else policy
    plans = [plan_for(name, written, overrides, seeds[0], target, allow_target) for name in policies]
    plans = _of_builds(plans, read_builds(service)) if service else _of_policies(plans)
    goal = Goal(share("--within", within) or None, until_decided, 60.0 * max_minutes)
    records, result, series = _rounds(plans, seeds, goal)
    _keep(records, result, series)
    if report is not None:
        write_report(report, records, result)
    if as_json:
        runs = [run_json(record) for record in records]
        together = {name: verdict.model_dump(mode="json") for name, verdict in series.items()}
        print_json({**result.model_dump(mode="json"), "runs": runs, "series": together})
    else:
        show_comparison(result, records)
        show_series_of_policies(series)
    raise typer.Exit(worst(series.values()) if series else exit_code(records))


def _of_policies(plans: list[Plan]) -> list[Plan]:
    names = [plan.policy.name for plan in plans]
    if len(set(names)) < max(2, len(names)):
        raise ConfigError("--policy", ", ".join(names), "must be two or more policies with different names")
    return plans


def _of_builds(plans: list[Plan], builds: list[ServiceBuild]) -> list[Plan]:
    """One plan for each build, under the one policy."""
    if len(plans) > 1:
        names = ", ".join(plan.policy.name for plan in plans)
        raise ConfigError("--policy", names, "must be one policy beside --service; compare either of them")
    return [plan_of_build(plans[0], one) for one in builds]


@dataclass(frozen=True, slots=True)
class Goal:
    """What further rounds are made for: differences this narrow, or every threshold decided; at most so long."""

    within: float | None
    until_decided: bool
    at_most_s: float

    def reached(self, comparison: Comparison, series: Mapping[str, Verdict]) -> bool:
        """Whether no further round is needed."""
        from harness.analyse.compare.seed_schedule import wide_differences
        from harness.analyse.verdict.seed_series import is_decided

        narrow = self.within is None or not wide_differences(comparison, self.within)
        return narrow and all(is_decided(verdict) for verdict in series.values())


def _keep(records: list[Record], result: Comparison, series: Mapping[str, Verdict]) -> None:
    """Writes the comparison beside its runs, so that the dashboard, which knows no series, need not make it again."""
    from harness.assess.computed_comparison import keep_comparison

    if not series:
        keep_comparison(records, result)


def _rounds(
    plans: list[Plan], seeds: list[int], goal: Goal
) -> tuple[list[Record], Comparison, dict[str, Verdict]]:
    """Every policy once a round, in alternating order, until the goal; with the verdicts on all rounds if asked for."""
    from harness.analyse.compare.seed_schedule import next_seed
    from harness.assess.runs import compare_records, series_verdict

    made: dict[str, list[Record]] = {plan.policy.name: [] for plan in plans}
    series: dict[str, Verdict] = {}
    began_s, rounds, result, wanting = monotonic(), 0, Comparison(policies=(), seeds=(), deltas=()), True
    while True:
        left_s = goal.at_most_s - (monotonic() - began_s)
        seed = next_seed(seeds, rounds, left_s / 60.0, wanting=wanting)
        if seed is None:
            return [record for of_one in made.values() for record in of_one], result, series
        round_ = [replace(plan, scenario=plan.scenario.model_copy(update={"seed": seed})) for plan in plans]
        for plan in round_ if rounds % 2 == 0 else round_[::-1]:
            number = 1 + sum(map(len, made.values()))
            made[plan.policy.name].append(recorded_run(plan, f"{number} {plan.policy.name}, seed {seed}"))
        rounds += 1
        if goal.until_decided:
            series = {name: series_verdict(of_one, series.get(name)) for name, of_one in made.items()}
        result = compare_records([record for of_one in made.values() for record in of_one], series)
        wanting = not goal.reached(result, series)
