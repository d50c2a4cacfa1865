"""`surgeline range`: the safe operating range of a policy, in three bands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.text import Text

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario, with_seed
from harness.lab.conductor import Watcher
from harness.lab.plan import Plan
from harness.lab.run import check_plan
from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.model.formatting import format_value
from harness.model.range import HORIZON_S, OperatingRange, Probe, SearchSpec
from harness.range_search import search
from harness.record.interrupted_run import RunInterrupted
from harness.record.machine import ceiling_per_s
from harness.record.result_store import RANGES
from mock_upstream.process.stop_signals import Stopped
from surgeline.commands.options import (
    Allowed,
    Json,
    PolicyNames,
    ScenarioName,
    Seed,
    Settings,
    Target,
    duration_s,
    refuse_beside_resume,
    share,
)
from surgeline.render.console import err, out, print_json, progress
from surgeline.render.range import bracket_line, range_json, show_range, trial_line

Resumed = Annotated[
    str,
    typer.Option(
        metavar="RANGE",
        help="Continue an interrupted search: a range's name, a unique part of it, or `latest`.",
    ),
]
WithTrigger = Annotated[
    bool, typer.Option("--trigger/--no-trigger", help="Whether to run the trigger test at the limit.")
]
TriggerRate = Annotated[
    float,
    typer.Option(
        "--trigger-at", metavar="RATE", help="Run only the trigger test, at this rate, without a search."
    ),
]
Within = Annotated[
    str,
    typer.Option(
        help="Keep searching until the limit is within this fraction of the estimated boundary, e.g. 5%."
    ),
]
Soak = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help="Confirm the limit with a run of this length, e.g. 10m, instead of 60 s; the limit then stands for it.",
    ),
]
MaxMinutes = Annotated[float, typer.Option(help="With --within: the most load time of a search.")]


def range_(
    context: typer.Context,
    scenario: ScenarioName = "",
    policy: PolicyNames = [],
    seed: Seed = None,
    settings: Settings = [],
    resume: Resumed = "",
    trigger: WithTrigger = True,
    trigger_at: TriggerRate = 0.0,
    within: Within = "",
    max_minutes: MaxMinutes = 3.0,
    soak: Soak = "",
    target: Target = "",
    allow_target: Allowed = [],
    as_json: Json = False,
) -> None:
    """Finds the arrival rates at which a policy is stable, vulnerable to a trigger, or overloaded."""
    closer = {"within": share("--within", within), "most_s": 60.0 * max_minutes} if within else {}
    if soak:
        closer["horizon_s"] = duration_s("--soak", soak, HORIZON_S)
    if resume:
        refuse_beside_resume(context, "trigger_at", "within", "max_minutes", "soak", "as_json")
        requested = [_closer(RANGES.find(runs_folder(), resume), closer)]
    elif not scenario or not policy:
        raise ConfigError("range", scenario or "SCENARIO", "needs a scenario and --policy, or --resume RANGE")
    else:
        requested = _requested(
            scenario, policy, seed, settings, target, allow_target, {"trigger": trigger, **closer}
        )
    if trigger_at > 0:
        raise typer.Exit(_triggered(requested, trigger_at, as_json))
    raise typer.Exit(_searched(requested, as_json))


def range_exit_code(found: OperatingRange) -> int:
    """0 with a limit, 1 when no rate is safe or a lower rate breaks the SLO, 3 when the search was inconclusive."""
    if found.stable_up_to is not None:
        return 0
    return 1 if found.kind in {"none", "non-monotone"} else 3


def _searched(requested: list[OperatingRange], as_json: bool) -> int:
    """The range of each policy, found and shown; the worst of their exit codes."""
    found = [_search(each) for each in requested]
    if as_json:
        rows = [range_json(each) for each in found]
        print_json(rows[0] if len(rows) == 1 else rows)
    else:
        for each in found:
            show_range(each)
    return max(range_exit_code(each) for each in found)


def _triggered(requested: list[OperatingRange], rate_per_s: float, as_json: bool) -> int:
    """The trigger test of each policy at one rate; 0 when all recovered, 3 when one was inconclusive, else 1."""
    tests = {}
    for each in requested:
        name = each.spec.policy.name
        with progress(f"trigger {name} {rate_per_s:.0f}/s", 30.0) as watch:
            tests[name] = search.trigger_at(each.spec, rate_per_s, runs_folder(), watch)
        if not as_json:
            word, colour = ("vulnerable", "yellow") if tests[name].breaks else ("stable", "green")
            reading = f" at {format_value(rate_per_s, '1/s')}: {tests[name].measured}, n = {tests[name].n:,}"
            out.print(Text.assemble(f"{name}: ", (word, colour), reading))
    if as_json:
        print_json({name: trial.model_dump(mode="json") for name, trial in tests.items()})
    if any(trial.invalid for trial in tests.values()):
        return 3
    return int(any(trial.breaks for trial in tests.values()))


def _requested(
    scenario: str,
    policy: list[str],
    seed: int | None,
    settings: list[str],
    target: str,
    allowed: list[str],
    options: dict[str, Any],
) -> list[OperatingRange]:
    overrides = read_overrides(settings)
    written = read_scenario(scenario, overrides)
    noun = with_seed(written.scenario, seed)
    specs = [
        SearchSpec(
            policy=read_policy(name, overrides),
            scenario=noun,
            upstream=written.upstream,
            target=target,
            allowed_targets=tuple(allowed),
            ceiling_per_s=ceiling_per_s(runs_folder()),
            **options,
        )
        for name in policy
    ]
    for spec in specs:
        check_plan(
            Plan(
                spec.policy,
                spec.scenario.model_copy(update={"timeline": ()}),
                spec.upstream,
                target,
                tuple(allowed),
            )
        )
    return [search.begin_range(spec) for spec in specs]


def _closer(found: OperatingRange, closer: dict[str, Any]) -> OperatingRange:
    """A range to continue; a complete one, too, when a closer limit or a longer run is requested."""
    return found.model_copy(update={"spec": found.spec.model_copy(update=closer)})


def _search(requested: OperatingRange) -> OperatingRange:
    shown = 0

    @contextmanager
    def follow(probe: Probe, so_far: OperatingRange) -> Iterator[Watcher]:
        nonlocal shown
        for trial in so_far.trials[shown:]:
            err.print(trial_line(trial), soft_wrap=True)
        shown = len(so_far.trials)
        err.print(bracket_line(so_far, probe), soft_wrap=True)
        seconds = probe.warmup_s + probe.counted_s
        with progress(f"{probe.purpose} {probe.rate_per_s:.0f}/s", seconds) as watch:
            yield watch

    try:
        return search.search_range(requested, runs_folder(), follow)
    except (KeyboardInterrupt, Stopped, RunInterrupted):
        err.print(f"To continue the search: surgeline range --resume {requested.id}", soft_wrap=True)
        raise
