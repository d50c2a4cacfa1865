"""A rehearsed incident in words and tables: where it stands, its score, and every repetition beside it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.data.pulled_levers import untouched
from harness.analyse.measure.recovery import ENOUGH
from harness.analyse.recovery_clock import HELD_S, RecoveryClock
from harness.incidents.runbook import recovery_text
from harness.model.formatting import format_interval, format_value
from harness.model.lever import levers_text
from harness.model.rehearsal import Rehearsal, Repetition
from harness.model.run import Run
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
from harness.record.reader import Record

REPETITIONS_AT_MOST = 12
WAYS = {"before": "Trigger begins in", "trigger": "Trigger ends in", "waiting": "Since the trigger ended"}


def trigger_text(scenario: Scenario) -> str:
    """`pause at 8 s for 4 s; then 33 s to recover`; "" where no fault ends by itself."""
    if scenario.trigger_s is None:
        return ""
    faults = [f"{fault.fault.label()} at {fault.at_s:g} s for {fault.for_s:g} s" for fault in scenario.faults]
    left_s = scenario.duration_s - scenario.trigger_s[1]
    return f"{', '.join(faults)}; then {left_s:g} s to recover"


def tiles(clock: RecoveryClock) -> list[tuple[str, str, str]]:
    """What the clock shows: for each tile its label, its value, and what is asked, with a symbol."""
    label = "✓ Recovered after" if clock.phase == "back" else WAYS[clock.phase]
    since = f"{clock.since_s:.0f} s"
    good = "–" if clock.good_ratio is None else f"{clock.good_ratio:.0%}"
    p99_asked = "the SLO has no p99"
    if clock.p99_limit_s is not None:
        p99_asked = f"{_mark(clock.p99_well)} required: {format_value(clock.p99_limit_s, 's')} at most"
    return [
        (label, since, "recovery clock"),
        ("Good calls", good, f"{_mark(clock.enough_good)} required: {ENOUGH:.0%} of the last 2 s"),
        ("Latency p99", format_value(clock.p99_s, "s"), p99_asked),
        (
            "All requirements met for",
            f"{clock.held_s:.0f} s",
            f"{_mark(clock.held_s >= HELD_S)} required: {HELD_S:.0f} s without a break",
        ),
    ]


def recovered_text(record: Record, recovery: Measurement) -> str:
    """`✓ recovered 6.50 s after the trigger's end (5.00 s – 8.00 s), by itself`, or that it was not."""
    how = "by itself" if untouched(record) else "with levers"
    value = format_value(recovery.value, "s")
    if recovery.high is None:
        return f"✗ did not recover {how} within {value} of the trigger's end, n = {recovery.n:,}"
    if recovery.value == 0:
        within = format_value(recovery.high, "s")
        return f"✓ recovered {how} at once, within {within} of the trigger's end, n = {recovery.n:,}"
    return (
        f"✓ recovered {how} {value} after the trigger's end ({format_interval(recovery)}), n = {recovery.n:,}"
    )


def by_the_clock(clock: RecoveryClock) -> str:
    """What the clock said at the end of the run, in a sentence."""
    limit = "" if clock.p99_limit_s is None else f", with p99 within {format_value(clock.p99_limit_s, 's')}"
    held = f"for {HELD_S:.0f} s without a break{limit}"
    if clock.phase == "back":
        return f"By the recovery clock, the client recovered after {clock.since_s:.0f} s, {held}."
    return f"By the recovery clock, the client did not recover {held}."


def score(repetition: Repetition, clock: RecoveryClock) -> list[tuple[str, str, str]]:
    """The numbers of one repetition: for each its label, its value, and n or an interval."""
    recovery, peak = repetition.recovery, repetition.peak_amplification
    back = clock.phase == "back"
    bounds = "it did not recover in this run"
    if recovery.low is not None and recovery.high is not None:
        bounds = f"{format_value(recovery.low, 's')} – {format_value(recovery.high, 's')}"
    return [
        (
            "Recovered after",
            f"{clock.since_s:.0f} s" if back else "never",
            f"{HELD_S:.0f} s without a break, by the recovery clock",
        ),
        (
            "Recovery" if repetition.recovered else "No recovery within",
            format_value(recovery.value, "s"),
            f"{bounds}, n = {recovery.n:,}",
        ),
        ("Calls lost", format_value(repetition.lost.value, "count"), "exact, from the trigger on"),
        ("Peak attempts per call", format_value(peak.value, peak.unit), f"worst of {peak.n:,} seconds"),
    ]


def sentence(repetition: Repetition) -> str:
    """The outcome in a sentence."""
    how = f"with {levers_text(repetition.levers)}" if repetition.levers else "by itself"
    if repetition.recovered and repetition.recovery.value == 0:
        within = format_value(repetition.recovery.high, "s")
        return f"The client recovered {how} at once, within {within} of the trigger's end."
    if repetition.recovered:
        return f"The client recovered {how}, {recovery_text(repetition)} after the trigger's end."
    value = format_value(repetition.recovery.value, "s")
    return f"The client did not recover {how} within {value} of the trigger's end."


def recovery_label(repetition: Repetition) -> str:
    """`✓ 6.50 s (5.00 s – 8.00 s)`, or that it did not recover."""
    return f"{'✓' if repetition.recovered else '✗'} {recovery_text(repetition)}"


def repetition_table(rehearsal: Rehearsal) -> pd.DataFrame:
    """Every repetition, best first."""
    rows = [
        {
            "Place": place,
            "Levers": levers_text(r.levers) if r.levers else "none, by itself",
            "Recovery": recovery_label(r),
            "Calls lost": r.lost.value,
            "Peak attempts per call": r.peak_amplification.value,
            "Applied at, s": r.pulled_s,
            "Run": r.run,
        }
        for place, r in enumerate(rehearsal.repetitions, 1)
    ]
    return pd.DataFrame(rows)


def repetitions_of(record: Record, records: Sequence[Record]) -> list[Record]:
    """The newest runs of the same incident with the same policy that went to their end, `record` among them."""
    fitting = [
        r for r in records if r.end is not None and r.end.state == "complete" and _same(r.run, record.run)
    ][:REPETITIONS_AT_MOST]
    known = {r.run.id for r in fitting}
    return fitting if record.run.id in known or record.end is None else [record, *fitting[:-1]]


def _same(a: Run, b: Run) -> bool:
    """Whether two runs had the same arrivals, faults and policy, whoever pulled levers."""
    return (
        a.scenario.name == b.scenario.name
        and a.seed == b.seed
        and a.policy == b.policy
        and a.scenario.arrivals == b.scenario.arrivals
        and a.scenario.faults == b.scenario.faults
    )


def _mark(well: bool) -> str:
    return "✓" if well else "✗"
