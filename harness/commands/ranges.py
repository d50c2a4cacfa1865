"""`surgeline range`: how far a policy carries, in three bands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from harness import files, lab, terminal
from harness.commands.options import Allowed, Json, PolicyNames, ScenarioName, Seed, Settings, Target, share
from harness.commands.tables import plain
from harness.conduct import Watcher
from harness.model.errors import BadInput
from harness.model.range import Band, Headroom, OperatingRange, Probe, Quest, Trial
from harness.model.spell import spell
from harness.record.machine import ceiling_per_s
from harness.search import ranging
from harness.search.folder import find as find_range

COLOURS = {"stable": "green", "vulnerable": "yellow", "untested": "cyan", "overloaded": "red"}
SCALE = 40


def range_(
    scenario: ScenarioName = "",
    policy: PolicyNames = [],
    seed: Seed = None,
    settings: Settings = [],
    resume: Annotated[
        str,
        typer.Option(
            metavar="RANGE", help="Go on with a range that was interrupted: a part of its name, or `latest`."
        ),
    ] = "",
    trigger: Annotated[
        bool, typer.Option("--trigger/--no-trigger", help="Whether the limit is put to the trigger test.")
    ] = True,
    trigger_at: Annotated[
        float,
        typer.Option("--trigger-at", metavar="RATE", help="No search: the trigger test alone, at this rate."),
    ] = 0.0,
    within: Annotated[
        str,
        typer.Option(help="Go on until the limit is so near to where the boundary is likely to be, e.g. 5%."),
    ] = "",
    max_minutes: Annotated[float, typer.Option(help="With --within: of load, for all of a search.")] = 3.0,
    target: Target = "",
    allow_target: Allowed = [],
    as_json: Json = False,
) -> None:
    """Finds the arrival rates that a policy carries: stable, vulnerable to a trigger, overloaded."""
    closer = {"within": share("--within", within), "most_s": 60.0 * max_minutes} if within else {}
    if resume:
        asked = [_closer(find_range(lab.runs_folder(), resume), closer)]
    elif not scenario or not policy:
        raise BadInput("range", scenario or "SCENARIO", "needs a scenario and --policy, or --resume RANGE")
    else:
        asked = _asked(scenario, policy, seed, settings, target, allow_target, {"trigger": trigger, **closer})
    if trigger_at > 0:
        raise typer.Exit(_triggered(asked, trigger_at, as_json))
    raise typer.Exit(_searched(asked, as_json))


def exit_code(found: OperatingRange) -> int:
    """0 with a limit, 1 when no rate is safe, 3 when nothing could be settled."""
    if found.stable_up_to is not None:
        return 0
    return 1 if found.kind == "none" else 3


def as_printed(found: OperatingRange) -> dict[str, Any]:
    """A range as `range --json` prints it."""
    limit = found.stable_up_to
    return {
        "range": found.id,
        "policy": found.quest.policy.name,
        "scenario": found.quest.scenario.name,
        "seed": found.quest.scenario.seed,
        "confidence": found.confidence,
        "kind": found.kind,
        "answer": found.answer,
        "stable_up_to": None if limit is None else limit.model_dump(),
        "first_breach": found.first_breach,
        "bands": [band.model_dump() for band in found.bands],
        "trigger": found.trigger,
        "headroom": [item.model_dump() for item in found.headroom],
        "expected_peak_per_s": found.quest.scenario.expected_peak_per_s,
        "left_out": list(found.left_out),
        "load_seconds": found.load_seconds,
        "trigger_seconds": found.trigger_seconds,
        "trials": [trial.model_dump(mode="json") for trial in found.trials],
    }


def show(found: OperatingRange) -> None:
    """The answer, the bands, the headroom and what it cost."""
    quest = found.quest
    terminal.out.print(
        f"[bold]{quest.scenario.name}[/] × [bold]{quest.policy.name}[/]  seed {quest.scenario.seed}"
    )
    terminal.out.print(f"range {found.id}", style="dim", soft_wrap=True)
    terminal.out.print(Text(found.answer, style="bold"))
    for band in found.bands:
        terminal.out.print(_band(band))
    if found.left_out:
        terminal.out.print(Text(f"left out along the rate: {', '.join(found.left_out)}", style="dim"))
    if found.bands:
        terminal.out.print(Text(f"trigger: {found.trigger}", style="dim"))
    if found.headroom:
        terminal.out.print(_headroom(found))
    terminal.out.print(Text(_cost(found), style="dim"))


def _searched(asked: list[OperatingRange], as_json: bool) -> int:
    """The range of each policy, found and shown; the worst of their exit codes."""
    found = [_found(each) for each in asked]
    if as_json:
        rows = [as_printed(each) for each in found]
        terminal.as_json(rows[0] if len(rows) == 1 else rows)
    else:
        for each in found:
            show(each)
    return max(exit_code(each) for each in found)


def _triggered(asked: list[OperatingRange], rate_per_s: float, as_json: bool) -> int:
    """The trigger test of each policy at one rate; 0 when all got well, 3 when one could not be told, else 1."""
    tests = {}
    for each in asked:
        name = each.quest.policy.name
        with terminal.progress(f"trigger {name} {rate_per_s:.0f}/s", 30.0) as watch:
            tests[name] = ranging.trigger_at(each.quest, rate_per_s, lab.runs_folder(), watch)
        if not as_json:
            word, colour = ("vulnerable", "yellow") if tests[name].breaks else ("stable", "green")
            said = f" at {spell(rate_per_s, '1/s')}: {tests[name].measured}, n = {tests[name].n:,}"
            terminal.out.print(Text.assemble(f"{name}: ", (word, colour), said))
    if as_json:
        terminal.as_json({name: trial.model_dump(mode="json") for name, trial in tests.items()})
    if any(trial.void for trial in tests.values()):
        return 3
    return int(any(trial.breaks for trial in tests.values()))


def _cost(found: OperatingRange) -> str:
    sound = [trial for trial in found.trials if not trial.void]
    calls = sum(trial.n for trial in sound)
    load = f"{found.load_seconds - found.trigger_seconds:.0f} s of load for the limit"
    if found.trigger_seconds:
        load += f" and {found.trigger_seconds:.0f} s for the trigger"
    said = f"{len(sound)} trials, {calls:,} calls counted, {load}, 95% confidence"
    void = len(found.trials) - len(sound)
    return said + (f"; {void} void trials were made again" if void else "")


def _band(band: Band) -> Text:
    until = "and beyond" if band.to_per_s is None else f"to {spell(band.to_per_s, '1/s')}"
    return Text.assemble(
        (f"  {band.name:<11}", COLOURS[band.name]), f"{spell(band.from_per_s, '1/s')} {until}"
    )


def _headroom(found: OperatingRange) -> Table:
    peak = found.quest.scenario.expected_peak_per_s
    table = plain("at the limit", "p99 used", "of", "n", *(["at the expected peak"] if peak else []))
    if peak and found.stable_up_to is not None:
        share = found.stable_up_to.value / peak
        table.add_row(
            "arrival rate",
            spell(found.stable_up_to.value, "1/s"),
            "",
            "",
            f"{peak:g}/s, {share:.2f} times below",
        )
    for item in found.headroom:
        available = "unbounded" if item.available is None else _amount(item, item.available)
        expected = [] if not peak else ["–" if item.at_peak is None else _amount(item, item.at_peak)]
        table.add_row(item.resource, _amount(item, item.used), available, f"{item.n:,}", *expected)
    return table


def _amount(item: Headroom, value: float) -> str:
    if item.unit == "bytes":
        return f"{value / 2**20:,.0f} MiB"
    return spell(value, item.unit)


def _asked(
    scenario: str,
    policy: list[str],
    seed: int | None,
    settings: list[str],
    target: str,
    allowed: list[str],
    wishes: dict[str, Any],
) -> list[OperatingRange]:
    overrides = files.overrides(settings)
    written = files.scenario(scenario, overrides)
    noun = written.scenario if seed is None else written.scenario.model_copy(update={"seed": seed})
    quests = [
        Quest(
            policy=files.policy(name, overrides),
            scenario=noun,
            upstream=written.upstream,
            target=target,
            allowed_targets=tuple(allowed),
            ceiling_per_s=ceiling_per_s(lab.runs_folder()),
            **wishes,
        )
        for name in policy
    ]
    for quest in quests:
        lab.check(
            lab.Plan(
                quest.policy,
                quest.scenario.model_copy(update={"timeline": ()}),
                quest.upstream,
                target,
                tuple(allowed),
            )
        )
    return [ranging.begin(quest) for quest in quests]


def _closer(found: OperatingRange, closer: dict[str, Any]) -> OperatingRange:
    """A range that is gone on with, also a complete one, of which a closer limit is asked."""
    return found.model_copy(update={"quest": found.quest.model_copy(update=closer)})


def _found(asked: OperatingRange) -> OperatingRange:
    told = 0

    @contextmanager
    def follow(probe: Probe, so_far: OperatingRange) -> Iterator[Watcher]:
        nonlocal told
        for trial in so_far.trials[told:]:
            terminal.err.print(_trial(trial), soft_wrap=True)
        told = len(so_far.trials)
        terminal.err.print(_bracket(so_far, probe), soft_wrap=True)
        seconds = probe.warmup_s + probe.counted_s
        with terminal.progress(f"{probe.purpose} {probe.rate_per_s:.0f}/s", seconds) as watch:
            yield watch

    try:
        return ranging.find(asked, lab.runs_folder(), follow)
    except (KeyboardInterrupt, lab.Interrupted):
        terminal.err.print(f"to go on: surgeline range --resume {asked.id}", soft_wrap=True)
        raise


def _trial(trial: Trial) -> Text:
    if trial.void:
        return Text(f"  void: {trial.void}; again", style="yellow")
    word, colour = ("breaks", "red") if trial.broke else ("meets", "green")
    early = f", {trial.cut_short}" if trial.cut_short else ""
    return Text.assemble(
        "  ", (word, colour), f"  {trial.measured}, n = {trial.n:,} in {trial.load_s:.0f} s{early}"
    )


def _bracket(so_far: OperatingRange, probe: Probe) -> Text:
    """Where the boundary is known to be, as numbers and as a bar that closes."""
    known = ranging.known(so_far)
    number = len(so_far.trials) + 1
    if known is None:
        return Text(f"{number:>3}  {probe.purpose} at {probe.rate_per_s:.0f}/s")
    low, high = known
    return Text.assemble(
        f"{number:>3}  {probe.purpose} at {probe.rate_per_s:.0f}/s; boundary ",
        (f"{low:.0f} – {high:.0f}/s ", "bold"),
        (_bar(low, high, *ranging.tried(so_far)), "cyan"),
    )


def _bar(low: float, high: float, least: float, most: float) -> str:
    """The bracket on the scale of the rates that were tried."""

    def place(rate: float) -> int:
        return round(SCALE * min(1.0, max(0.0, (rate - least) / (most - least))))

    begin, end = place(low), max(place(low) + 1, place(high))
    return "·" * begin + "█" * (end - begin) + "·" * max(0, SCALE - end)
