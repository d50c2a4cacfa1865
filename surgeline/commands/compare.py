"""`surgeline compare`: several policies through the same arrivals and faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from harness.inputs import files
from harness.lab.plan import Plan
from harness.model.errors import ConfigError
from harness.model.scenario import MOST_SEED
from harness.model.verdict import Comparison
from harness.record.reader import Record
from surgeline.commands.exit_codes import exit_code
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


def compare(
    scenario: ScenarioName,
    policy: PolicyNames,
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
    max_minutes: Annotated[float, typer.Option(help="Start no further round after this time.")] = 30.0,
    as_json: Json = False,
) -> None:
    """Runs several policies through the same arrivals and faults, in alternating order."""
    overrides = files.overrides(settings)
    written = files.scenario(scenario, overrides)
    seeds = seed or [written.scenario.seed]
    plans = [plan_for(name, written, overrides, seeds[0], target, allow_target) for name in policy]
    names = [plan.policy.name for plan in plans]
    if len(set(names)) < max(2, len(names)):
        raise ConfigError("--policy", ", ".join(names), "must be two or more policies with different names")
    records, result = _rounds(plans, seeds, share("--within", within) or None, 60.0 * max_minutes)
    if report is not None:
        write_report(report, records, result)
    if as_json:
        runs = [run_json(record) for record in records]
        print_json({**result.model_dump(mode="json"), "runs": runs})
    else:
        show_comparison(result, records)
    raise typer.Exit(exit_code(records))


def _rounds(
    plans: list[Plan], seeds: list[int], within: float | None, at_most_s: float
) -> tuple[list[Record], Comparison]:
    """Every policy once a round, in alternating order; with `within`, rounds until the intervals are narrow enough."""
    from harness.analyse.compare.seed_schedule import next_seed
    from harness.assess.runs import compare_records

    names = [plan.policy.name for plan in plans]
    records: list[Record] = []
    began_s, made, result = monotonic(), 0, Comparison(policies=(), seeds=(), deltas=())
    while True:
        left_s = at_most_s - (monotonic() - began_s)
        seed = next_seed(seeds, made, result if made else None, within, left_s / 60.0)
        if seed is None:
            return records, result
        round_ = [replace(plan, scenario=plan.scenario.model_copy(update={"seed": seed})) for plan in plans]
        for plan in round_ if made % 2 == 0 else round_[::-1]:
            records.append(recorded_run(plan, f"{len(records) + 1} {plan.policy.name}, seed {seed}"))
        made += 1
        records.sort(key=lambda record: names.index(record.run.policy.name))
        result = compare_records(records)
