"""Verdicts, states and differences in words; numbers carry their unit, n and an interval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from harness.analyse.verdict.unseen import unseen_sentences
from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.quantities import HIGHER_IS_BETTER, NEITHER_IS_BETTER, TITLES
from harness.model.run import End, Run, State
from harness.model.verdict import Difference, Measurement, Verdict

VERDICTS = {"pass": ("✓", "Pass"), "fail": ("✗", "Fail"), "inconclusive": ("?", "Inconclusive")}
STATES = {"live": ("●", "Live"), "complete": ("■", "Complete"), "interrupted": ("◐", "Interrupted")}


def known_of_machine(run: Run) -> dict[str, object]:
    """The machine of a run, with what `surgeline doctor` had found of it."""
    ceiling = run.driver_ceiling_per_s
    return {
        **run.machine,
        "driver ceiling": format_value(ceiling, "1/s") if ceiling else "not measured (surgeline doctor)",
    }


def title(name: str) -> str:
    """A measurement's name as people say it."""
    return TITLES.get(name, name.replace("_", " ").replace(".", " ").capitalize())


def value_label(m: Measurement) -> str:
    """A measurement's value with its unit, or that it is not reached."""
    return format_measured(m)


def interval(m: Measurement) -> str:
    """A measurement's 95% interval; a side that the data can't bound says so."""
    return format_interval(m)


def verdict_label(verdict: Verdict | None) -> str:
    """The verdict's symbol and word; `– Not judged` when there is none."""
    symbol, word = VERDICTS[verdict.kind] if verdict else ("–", "Not judged")
    return f"{symbol} {word}"


def verdict_sentence(verdict: Verdict) -> str:
    """The verdict as one sentence; of a rollout, which has no thresholds, its decision."""
    count = len(verdict.margins)
    if not count and verdict.reasons and not (verdict.kind == "inconclusive" and verdict.invalid):
        return verdict.reasons[0]
    broken = [m.threshold for m in verdict.margins if m.verdict == "fail"]
    open_ = [m.threshold for m in verdict.margins if m.verdict == "inconclusive"]
    if verdict.kind == "pass":
        return " ".join([f"All {count} thresholds hold with 95% confidence.", *unseen_sentences(verdict)])
    if verdict.kind == "fail":
        return f"{len(broken)} of {count} thresholds broken: {', '.join(broken)}."
    if not count:
        return "The SLO has no threshold, so the run was not judged."
    return (
        f"None of {count} thresholds is shown to be broken, and {len(open_)} cannot be decided from this run."
    )


def key_measurements(end: End, names: Sequence[str]) -> list[Measurement]:
    """The measurements that broke a threshold, and then those of the given names, each once."""
    broken = [m.measured for m in end.verdict.margins if m.verdict == "fail"]
    wanted = [end.measurements[name] for name in names if name in end.measurements]
    return list({m.name: m for m in [*broken, *wanted]}.values())[: max(len(names), len(broken))]


def state_label(state: State) -> str:
    """A run's state with its symbol."""
    symbol, word = STATES[state]
    return f"{symbol} {word}"


def difference_direction(d: Difference) -> str:
    """`better`, `worse` or "" for a difference that is neither."""
    if d.verdict in {"no difference shown", "undefined"} or d.measurement in NEITHER_IS_BETTER:
        return ""
    higher_is_better = d.measurement in HIGHER_IS_BETTER
    return "better" if (d.verdict == "higher") == higher_is_better else "worse"


def signed(difference: float, unit: str) -> str:
    """A difference with its sign."""
    return f"{'+' if difference > 0 else '−' if difference < 0 else '±'}{format_value(abs(difference), unit)}"


def signed_interval(low: float | None, high: float | None, unit: str) -> str:
    """The 95% interval of a difference."""
    if low is None or high is None:
        return "no interval"
    if low == high == 0:
        return "no difference in any pair"
    return f"{signed(low, unit)} to {signed(high, unit)}"


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that is at least one."""
    seconds = max(0.0, (now - then).total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
