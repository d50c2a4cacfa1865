"""A rehearsal as a runbook: what worked, in the order to try it, for somebody on call at night."""

from __future__ import annotations

from harness.model.formatting import format_value
from harness.model.rehearsal import NOTHING, THEN, Rehearsal, Repetition

BOOLEANS = {"True": "true", "False": "false"}


def runbook(rehearsal: Rehearsal) -> str:
    """Markdown with the answer first, then the levers that helped, then the measured table."""
    begin_s, end_s = rehearsal.trigger_s
    lines = [
        f"# Runbook: {rehearsal.scenario}, policy {rehearsal.policy}",
        "",
        f"Trigger: {end_s - begin_s:.0f} s of faults at {format_value(rehearsal.offered_per_s, '1/s')} offered.",
        "",
        "## Does it come back by itself?",
        "",
        recovery_without_lever(rehearsal),
        "",
        "## Levers, in the order to try them",
        "",
        *_steps(rehearsal),
        "",
        "## What was measured",
        "",
        "| lever | recovered after the trigger | calls lost | peak attempts per call | run |",
        "|---|---|---|---|---|",
        *(_row(repetition) for repetition in rehearsal.repetitions),
        "",
        "Recovered: goodput back at 95% of what was offered, and staying there until the run's end.",
        "",
    ]
    return "\n".join(lines)


def recovery_without_lever(rehearsal: Rehearsal) -> str:
    """The hysteresis question, answered in one sentence."""
    alone = rehearsal.by_itself
    if alone is None:
        return "Not tried."
    if alone.recovered:
        return f"Yes, {recovery_text(alone)} after the trigger had gone."
    return (
        f"**No.** Nothing had recovered {format_value(alone.recovery.value, 's')} after the trigger had gone."
    )


def recovery_text(repetition: Repetition) -> str:
    """How long the recovery took, or that there was none, with what bounds it."""
    if not repetition.recovered:
        return f"not within {format_value(repetition.recovery.value, 's')}"
    low, high = format_value(repetition.recovery.low, "s"), format_value(repetition.recovery.high, "s")
    return f"{format_value(repetition.recovery.value, 's')} ({low} – {high})"


def _steps(rehearsal: Rehearsal) -> list[str]:
    helped = [r for r in rehearsal.repetitions if r.recovered and r.lever != NOTHING]
    if not helped:
        return [
            "No lever that was tried brought it back. Restart the service's processes, or shed load before it."
        ]
    return [f"{n}. {_commands(r.lever)}: back after {recovery_text(r)}." for n, r in enumerate(helped, 1)]


def _commands(levers: str) -> str:
    return ", then ".join(f"`surgeline lever RUN {_command(lever)}`" for lever in levers.split(THEN))


def _command(lever: str) -> str:
    """The command's own spelling: `retries total=False` is `retries --total false`."""
    words = (word.partition("=") for word in lever.split())
    return " ".join(
        f"--{key} {BOOLEANS.get(value, value)}" if equals else key for key, equals, value in words
    )


def _row(repetition: Repetition) -> str:
    cells = (
        repetition.lever,
        recovery_text(repetition),
        format_value(repetition.lost.value, "count"),
        format_value(repetition.peak_amplification.value, "attempts/call"),
        repetition.run,
    )
    return f"| {' | '.join(cells)} |"
