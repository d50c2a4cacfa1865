"""`surgeline rehearse`: an incident, and the lever with which the client recovers soonest."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from harness.incidents import rehearse as rehearsing
from harness.incidents.runbook import runbook
from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.model.errors import ConfigError
from harness.model.lever_catalogue import AnyLever
from harness.model.scenario import TimelineLever
from mock_upstream.config.toml import build
from surgeline.commands.lever import lever_settings
from surgeline.commands.options import Json, PolicyName, ScenarioName, Settings
from surgeline.commands.plans import plan_for, recorded_run
from surgeline.commands.report import write_file
from surgeline.render.console import print_json
from surgeline.render.rehearsal import rehearsal_json, show_rehearsal


def rehearse(
    scenario: ScenarioName,
    policy: PolicyName,
    lever: Annotated[
        list[str],
        typer.Option(
            "--lever",
            help='A lever to test, e.g. --lever "throttle --rate 120"; repeat for more. Default: the common levers.',
        ),
    ] = [],
    after_s: Annotated[
        float, typer.Option("--after", help="Seconds from the trigger's end until the lever is pulled.")
    ] = 3.0,
    hold_s: Annotated[
        float | None,
        typer.Option(
            "--hold", help="Seconds until the lever is reverted; by default half of the remaining run."
        ),
    ] = None,
    runbook_path: Annotated[
        Path | None, typer.Option("--runbook", help="Write a runbook in Markdown to this file.")
    ] = None,
    settings: Settings = [],
    as_json: Json = False,
) -> None:
    """Rehearses an incident once without a lever and once with each lever, and ranks the levers by recovery time."""
    overrides = read_overrides(settings)
    plan = plan_for(policy, read_scenario(scenario, overrides), overrides)
    levers = [lever_of(words) for words in lever]
    result = rehearsing.rehearse_incident(plan, levers, recorded_run, after_s, hold_s)
    if runbook_path is not None:
        write_file(runbook_path, runbook(result))
    if as_json:
        print_json(rehearsal_json(result))
    else:
        show_rehearsal(result)
    alone = result.by_itself
    raise typer.Exit(0 if alone is not None and alone.recovered else 1)


def lever_of(words: str) -> AnyLever:
    """The lever that `throttle --rate 120` names. Raises ConfigError for one that there is not."""
    try:
        name, *settings = shlex.split(words) or [""]
    except ValueError as error:
        raise ConfigError("--lever", words, f"cannot be read: {error}") from None
    return build(TimelineLever, {"lever": name, **lever_settings(name, settings)}, "--lever").pull
