"""A rehearsal as a runbook: the levers that helped, in the order to try them, for the engineer on call."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence

from harness.model.formatting import format_value
from harness.model.lever import levers_text
from harness.model.lever_catalogue import AnyLever
from harness.model.rehearsal import Rehearsal, Repetition

PARTLY = 0.9
"""A lever without recovery has helped when at most this share of the calls failed that fail without a lever."""


def runbook(rehearsal: Rehearsal) -> str:
    """Markdown with the conclusion first, then the levers that helped, then the measured table."""
    begin_s, end_s = rehearsal.trigger_s
    lines = [
        f"# Runbook: {rehearsal.scenario}, policy {rehearsal.policy}",
        "",
        f"Trigger: {end_s - begin_s:.0f} s of faults at {format_value(rehearsal.offered_per_s, '1/s')} offered.",
        "",
        "## Does the client recover without a lever?",
        "",
        recovery_without_lever(rehearsal),
        "",
        "## Levers, in the order to try them",
        "",
        *_steps(rehearsal),
        "",
        "## What was measured",
        "",
        "| lever | recovered after the trigger | failed calls | peak attempts per call | run |",
        "|---|---|---|---|---|",
        *(_row(repetition) for repetition in rehearsal.repetitions),
        "",
        "Recovered means that the share of good calls returned to 95% of the share before the trigger, and stayed there"
        " until the run's end. A good call succeeded within the SLO's limit of p99, where it has one.",
        "",
    ]
    return "\n".join(lines)


def recovery_without_lever(rehearsal: Rehearsal) -> str:
    """Whether the client recovered without a lever, in one sentence."""
    alone = rehearsal.by_itself
    if alone is None:
        return "This was not tested."
    if alone.recovered:
        return f"Yes, it recovered {recovery_text(alone)} after the end of the trigger."
    return f"**No.** It had not recovered {format_value(alone.recovery.value, 's')} after the end of the trigger."


def recovery_text(repetition: Repetition) -> str:
    """How long the recovery took, with its bounds, or that there was none."""
    if not repetition.recovered:
        return f"not within {format_value(repetition.recovery.value, 's')}"
    low, high = format_value(repetition.recovery.low, "s"), format_value(repetition.recovery.high, "s")
    return f"{format_value(repetition.recovery.value, 's')} ({low} – {high})"


def _steps(rehearsal: Rehearsal) -> list[str]:
    """The levers after which the client recovered or lost clearly fewer calls, those that lost the fewest first."""
    alone = rehearsal.by_itself
    enough = PARTLY * alone.lost.number if alone is not None else 0.0
    helped = [r for r in rehearsal.repetitions if r.levers and (r.recovered or r.lost.number <= enough)]
    steps = [f"{n}. {_commands(r.levers)}: {_effect(r, alone)}" for n, r in enumerate(helped, 1)]
    if any(r.recovered for r in helped):
        return steps
    none = (
        "The client recovered with none of the tested levers. Restart the service's processes, or shed load."
    )
    return [none, *(["", "These levers reduced the number of failed calls:", ""] if steps else []), *steps]


def _effect(repetition: Repetition, alone: Repetition | None) -> str:
    """`recovered after 4.00 s (3.00 s – 5.00 s); 120 calls failed, 900 without a lever.`"""
    recovered = "recovered after " if repetition.recovered else "did not recover: "
    without = f", {format_value(alone.lost.value, 'count')} without a lever" if alone is not None else ""
    failed = f"{format_value(repetition.lost.value, 'count')} calls failed{without}"
    return f"{recovered}{recovery_text(repetition)}; {failed}."


def _commands(levers: Sequence[AnyLever]) -> str:
    return ", then ".join(f"`{lever_command(lever)}`" for lever in levers)


def lever_command(lever: AnyLever) -> str:
    """The command that applies a lever to the run RUN: `surgeline lever RUN retries --total false`."""
    settings = (f"--{key} {shlex.quote(_argument(value))}" for key, value in lever.written().items())
    return " ".join(["surgeline lever RUN", lever.lever, *settings])


def _argument(value: object) -> str:
    """A value as the command line reads it: TOML, or a plain word, which needs no quotes."""
    plain = isinstance(value, str) and re.fullmatch(r"(?!(true|false|inf|nan)$)[A-Za-z_][\w-]*", value)
    return str(value) if plain else _toml(value)


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _row(repetition: Repetition) -> str:
    cells = (
        levers_text(repetition.levers),
        recovery_text(repetition),
        format_value(repetition.lost.value, "count"),
        format_value(repetition.peak_amplification.value, "attempts/call"),
        repetition.run,
    )
    return f"| {' | '.join(cells)} |"
