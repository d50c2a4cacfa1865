"""A safe operating range, and the search for it, for a terminal and for machines."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from harness.analyse.range.headroom_text import amount_text, at_peak_text, available_text
from harness.model.formatting import format_value
from harness.model.range import Band, OperatingRange, Probe, Trial
from surgeline.render.console import out
from surgeline.render.table import plain_table, subject

COLOURS = {"stable": "green", "vulnerable": "yellow", "untested": "cyan", "overloaded": "red"}
SCALE = 40


def range_json(found: OperatingRange) -> dict[str, Any]:
    """A range as `range --json` prints it."""
    limit = found.stable_up_to
    return {
        "range": found.id,
        "policy": found.spec.policy.name,
        "scenario": found.spec.scenario.name,
        "seed": found.spec.scenario.seed,
        "confidence": found.confidence,
        "kind": found.kind,
        "answer": found.answer,
        "stable_up_to": None if limit is None else limit.model_dump(),
        "first_breach": found.first_breach,
        "bands": [band.model_dump() for band in found.bands],
        "trigger": found.trigger,
        "headroom": [item.model_dump() for item in found.headroom],
        "expected_peak_per_s": found.spec.scenario.expected_peak_per_s,
        "left_out": list(found.left_out),
        "load_seconds": found.load_seconds,
        "trigger_seconds": found.trigger_seconds,
        "trials": [trial.model_dump(mode="json") for trial in found.trials],
    }


def show_range(found: OperatingRange) -> None:
    """The conclusion, the bands, the headroom and the load that the search took."""
    spec = found.spec
    out.print(subject(spec.scenario.name, spec.policy.name, f"  seed {spec.scenario.seed}"))
    out.print(f"range {found.id}", style="dim", soft_wrap=True)
    out.print(Text(found.answer, style="bold"))
    for band in found.bands:
        out.print(_band(band))
    if found.left_out:
        out.print(Text(f"thresholds not used in the search: {', '.join(found.left_out)}", style="dim"))
    if found.bands:
        out.print(Text(f"trigger: {found.trigger}", style="dim"))
    if found.headroom:
        out.print(_headroom(found))
    out.print(Text(_cost(found), style="dim"))


def _cost(found: OperatingRange) -> str:
    valid = [trial for trial in found.trials if not trial.invalid]
    calls = sum(trial.n for trial in valid)
    load = f"{found.load_seconds - found.trigger_seconds:.0f} s of load for the limit"
    if found.trigger_seconds:
        load += f" and {found.trigger_seconds:.0f} s for the trigger"
    text = f"{len(valid)} trials, {calls:,} calls counted, {load}, 95% confidence"
    invalid = len(found.trials) - len(valid)
    if not invalid:
        return text
    return f"{text}; {invalid} invalid trial{'s were' if invalid > 1 else ' was'} repeated"


def _band(band: Band) -> Text:
    until = "and beyond" if band.to_per_s is None else f"to {format_value(band.to_per_s, '1/s')}"
    return Text.assemble(
        (f"  {band.name:<11}", COLOURS[band.name]), f"{format_value(band.from_per_s, '1/s')} {until}"
    )


def _headroom(found: OperatingRange) -> Table:
    peak = found.spec.scenario.expected_peak_per_s
    table = plain_table(
        "at the limit", "p99 used", "available", "n", *(["at the expected peak"] if peak else [])
    )
    if peak and found.stable_up_to is not None:
        share = found.stable_up_to.value / peak
        table.add_row(
            "arrival rate",
            format_value(found.stable_up_to.value, "1/s"),
            "",
            "",
            f"{peak:g}/s; the limit is {share:.2f} times that",
        )
    for item in found.headroom:
        available = available_text(item)
        expected = [] if not peak else [at_peak_text(item)]
        table.add_row(item.resource, amount_text(item, item.used), available, f"{item.n:,}", *expected)
    return table


def trial_line(trial: Trial) -> Text:
    if trial.invalid:
        return Text(f"  invalid: {trial.invalid}; the trial is repeated", style="yellow")
    word, colour = ("breaks the SLO", "red") if trial.broke else ("meets the SLO ", "green")
    early = f", {trial.cut_short}" if trial.cut_short else ""
    return Text.assemble(
        "  ", (word, colour), f"  {trial.measured}, n = {trial.n:,} in {trial.load_s:.0f} s{early}"
    )


def bracket_line(so_far: OperatingRange, probe: Probe) -> Text:
    """Where the boundary is known to be, as numbers and as a bar that narrows."""
    from harness.assess.ranges import boundary_interval, tried_rates

    known = boundary_interval(so_far)
    number = len(so_far.trials) + 1
    if known is None:
        return Text(f"{number:>3}  {probe.purpose} at {probe.rate_per_s:.0f}/s")
    low, high = known
    return Text.assemble(
        f"{number:>3}  {probe.purpose} at {probe.rate_per_s:.0f}/s; boundary ",
        (f"{low:.0f} – {high:.0f}/s ", "bold"),
        (_bar(low, high, *tried_rates(so_far)), "cyan"),
    )


def _bar(low: float, high: float, least: float, most: float) -> str:
    """The bracket on the scale of the rates that were tried."""

    def place(rate: float) -> int:
        return round(SCALE * min(1.0, max(0.0, (rate - least) / (most - least))))

    begin, end = place(low), max(place(low) + 1, place(high))
    return "·" * begin + "█" * (end - begin) + "·" * max(0, SCALE - end)
