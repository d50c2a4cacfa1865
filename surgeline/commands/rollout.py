"""`surgeline rollout`: a new policy in place of an old one, rehearsed before production."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.inputs.overrides import Overrides, read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.rollouts import read_rollout_plan
from harness.inputs.scenarios import read_scenario, with_seed
from harness.inputs.shipped_files import KINDS
from harness.lab.plan import Plan
from harness.model.rehearsed_rollout import RehearsedRollout
from surgeline.commands.exit_codes import exit_code
from surgeline.commands.options import Json, ScenarioName, Seed, Settings
from surgeline.commands.plans import recorded_run
from surgeline.render.console import print_json

SHORT = "short"


def rollout(
    scenario: ScenarioName,
    old: Annotated[str, typer.Option("--from", metavar="OLD", help="The policy that is in place.")],
    new: Annotated[str, typer.Option("--to", metavar="NEW", help="The policy that is to take its place.")],
    plan: Annotated[
        str, typer.Option(metavar="PLAN", help="A rollout's plan: a file, or a shipped one's name.")
    ] = SHORT,
    shadow: Annotated[
        bool,
        typer.Option(
            "--shadow", help="Only repeat calls by NEW, and compare its responses with those of OLD."
        ),
    ] = False,
    seed: Seed = None,
    settings: Settings = [],
    as_json: Json = False,
) -> None:
    """Plays a scenario while a new policy gets a growing share of the calls, and is promoted or rolled back.

    The Session, the plan and the decisions are those of surgeline.canary in production; with `--shadow` those of
    surgeline.shadow, and the verdict is whether the new policy's responses differ. `--set policy.KEY=VALUE` changes the
    new policy, and `--set rollout.KEY=VALUE` the plan.
    """
    overrides = read_overrides(settings, KINDS)
    wanted = RehearsedRollout(
        old=read_policy(old),
        new=read_policy(new, overrides),
        plan=read_rollout_plan(plan, overrides),
        shadow=shadow,
    )
    from surgeline.render.rollout import rollout_json, show_rollout

    record = recorded_run(_plan(scenario, wanted, overrides, seed), wanted.name)
    if as_json:
        print_json(rollout_json(record))
    else:
        show_rollout(record)
    raise typer.Exit(exit_code([record]))


def _plan(scenario: str, rollout: RehearsedRollout, overrides: Overrides, seed: int | None) -> Plan:
    written = read_scenario(scenario, overrides)
    plan = Plan(rollout.policy, with_seed(written.scenario, seed), written.upstream, rollout=rollout)
    plan.check()
    return plan
