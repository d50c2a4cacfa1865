"""`surgeline run`: one policy through one scenario."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, NoReturn

import typer

from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.worker_token import token_for_workers
from harness.model.errors import ConfigError
from surgeline.commands.exit_codes import EXIT, exit_code
from surgeline.commands.options import (
    Allowed,
    Json,
    PolicyName,
    ScenarioName,
    Seed,
    Settings,
    Target,
    TokenFile,
    address,
)
from surgeline.commands.plans import plan_for, recorded_run
from surgeline.commands.seed_series import (
    MaxMinutes,
    SeedSeries,
    StopOnFail,
    UntilDecided,
    series_of_runs,
    wants_series,
)
from surgeline.render.console import print_json
from surgeline.render.run import run_json, show_run
from surgeline.render.seed_series import series_json, show_series


def run(
    scenario: ScenarioName,
    policy: PolicyName,
    seed: Seed = None,
    settings: Settings = [],
    target: Target = "",
    allow_target: Allowed = [],
    workers: Annotated[int | None, typer.Option(help="Number of service processes on this machine.")] = None,
    expect_workers: Annotated[
        int, typer.Option(min=0, max=1000, help="Wait for N remote workers instead of starting local ones.")
    ] = 0,
    bind: Annotated[str, typer.Option(help="HOST:PORT to which remote workers connect.")] = "127.0.0.1:5557",
    token_file: TokenFile = "",
    until_decided: UntilDecided = False,
    max_minutes: MaxMinutes = 30.0,
    stop_on_fail: StopOnFail = False,
    as_json: Json = False,
) -> None:
    """Runs one policy through one scenario, and judges the run against the scenario's SLO."""
    if workers is not None:
        settings = [*settings, f"scenario.service.processes={workers}"]
    overrides = read_overrides(settings)
    plan = plan_for(policy, read_scenario(scenario, overrides), overrides, seed, target, allow_target)
    if wants_series(until_decided, stop_on_fail):
        _series(plan, expect_workers, max_minutes, stop_on_fail=stop_on_fail, as_json=as_json)
    if expect_workers:
        host, port = address("--bind", bind)
        plan = replace(plan, expect_workers=expect_workers, master_host=host, master_port=port)
        with token_for_workers(host, token_file) as (token, file):
            record = recorded_run(replace(plan, worker_token=token), plan.policy.name, file)
    else:
        record = recorded_run(plan, plan.policy.name)
    if as_json:
        print_json(run_json(record))
    else:
        show_run(record)
    raise typer.Exit(exit_code([record]))


def _series(
    plan: Plan, expect_workers: int, max_minutes: float, *, stop_on_fail: bool, as_json: bool
) -> NoReturn:
    """Runs until every threshold is decided, shows the verdict on all runs, and exits by it."""
    if expect_workers:
        problem = "cannot be used with --until-decided: remote workers serve one run; give --workers instead"
        raise ConfigError("--expect-workers", str(expect_workers), problem)
    series = SeedSeries(plan, series_of_runs)
    verdict = series.go_on(max_minutes, stop_on_fail=stop_on_fail)
    if as_json:
        print_json(series_json(verdict, series.records))
    else:
        show_series(verdict, series.records)
    raise typer.Exit(EXIT[verdict.kind])
