"""`surgeline check`: the files are read and checked, without any load; or their owners and reviews."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from harness.inputs.file_reviews import files_of, review_of, reviewed_folder
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import Written, read_scenario
from harness.lab.run import check_plan
from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.policy_warnings import policy_warnings
from harness.model.scenario import Scenario
from harness.observe.direct_http import catching_loopback
from surgeline.commands.options import Json, PolicyNames, Settings
from surgeline.commands.plans import plan_for
from surgeline.render.console import out, print_json

_BYPASSED = (
    "a proxy of the environment would carry calls to 127.0.0.1; a run bypasses it for loopback, and your"
    " service does not; set NO_PROXY=127.0.0.1,localhost, or trust_env = false"
)


NEED_A_REVIEW = 1

ScenarioOrNone = Annotated[
    str, typer.Argument(metavar="[SCENARIO]", help="A scenario file, or a shipped scenario's name.")
]
All = Annotated[
    bool,
    typer.Option("--all", help="List owners, days of review and flags of every policy and scenario instead."),
]


def check(
    scenario: ScenarioOrNone = "",
    policy: PolicyNames = ["careful"],
    settings: Settings = [],
    every: All = False,
    as_json: Json = False,
) -> None:
    """Checks the files without any load, with warnings about the policy and the length that a run needs.

    With --all it lists each policy and scenario without an owner, past its day of review or with a stale flag, in
    ./scenarios or, where there is none, among the shipped files; it exits with 1 when there are some.
    """
    if every:
        if scenario or settings:
            raise ConfigError("check", "--all", "is about every file; leave out the scenario and --set")
        _check_reviews(as_json=as_json)
    elif not scenario:
        raise ConfigError("check", "SCENARIO", "is missing; give a scenario, or --all")
    elif as_json:
        raise ConfigError("check", "--json", "goes with --all only; leave it out")
    else:
        _check_files(scenario, policy, settings)


def _check_reviews(*, as_json: bool) -> None:
    files, today = files_of(reviewed_folder()), datetime.now(UTC).date()
    found = [each for file, written in files for each in review_of(file, written, today)]
    if as_json:
        print_json({"files": len(files), "findings": [asdict(each) for each in found]})
    else:
        for each in found:
            out.print(f"! {each.file}: {each.problem}", style="yellow", soft_wrap=True)
        due = len({each.file for each in found})
        out.print(f"Policies and scenarios: {len(files)}. In need of a review: {due}.")
    if found:
        raise typer.Exit(NEED_A_REVIEW)


def _check_files(scenario: str, policy: list[str], settings: list[str]) -> None:
    overrides = read_overrides(settings)
    written = read_scenario(scenario, overrides)
    for name in policy:
        plan = plan_for(name, written, overrides)
        real = check_plan(plan)
        out.print(f"✓ {plan.policy.name}: {_attempts(plan.policy)}", style="green")
        for warning in policy_warnings(real, written.scenario.service.threads):
            out.print(f"  ! {warning}", style="yellow")
        if real.session.trust_env and (caught := catching_loopback(os.environ)):
            out.print(f"  ! {', '.join(caught)}: {_BYPASSED}", style="yellow")
    duration, counted_s = f"{written.scenario.duration_s:.0f} s", _counted_s(written.scenario)
    rest = f", of which {counted_s:.0f} s count" if counted_s < written.scenario.duration_s else ""
    out.print(f"✓ {written.scenario.name}: {duration} against {written.upstream.name}{rest}", style="green")
    for name in policy:
        if len(policy) > 1:
            out.print(f"  {name}:")
        _print_lengths(written, read_policy(name, overrides).name, counted_s)


def _counted_s(scenario: Scenario) -> float:
    return max(0.0, scenario.duration_s - scenario.slo.warmup_s)


def _print_lengths(written: Written, policy: str, counted_s: float) -> None:
    from harness.assess.run_lengths import run_lengths
    from surgeline.render.run_length import length_lines

    found = run_lengths(written.scenario, policy, written.upstream, runs_folder())
    for line in length_lines(found, counted_s):
        out.print(line, soft_wrap=True)


def _attempts(policy: Policy) -> str:
    if policy.as_is:
        return "the Sessions are those of the service"
    if policy.factory is not None:
        return f"the Session comes from {policy.factory}"
    return f"at most {policy.attempts_at_most} attempts per call"
