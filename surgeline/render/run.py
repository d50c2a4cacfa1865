"""One run, a list of runs, and a run as Prometheus scraped it, for a terminal and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.analyse.verdict.phrasing import latency_note
from harness.analyse.verdict.unseen import unseen_sentences
from harness.model.driver_messages import TARGET_REFUSED
from harness.model.formatting import format_interval, format_measured
from harness.model.quantities import SHOWN
from harness.model.verdict import Measurement, Verdict
from harness.observe.from_prometheus import ScrapedRun
from harness.record.event_detail import event_detail
from harness.record.reader import Broken, Record
from surgeline.render.console import out
from surgeline.render.table import plain_table, subject

MARKS = {"pass": ("✓ PASS", "green"), "fail": ("✗ FAIL", "red"), "inconclusive": ("? INCONCLUSIVE", "yellow")}


def show_run(record: Record) -> None:
    """One run: the verdict with its reasons, the thresholds, the measurements."""
    run, end = record.run, record.end
    out.print(subject(run.scenario.name, run.policy.name, f"  seed {run.seed}"))
    out.print(f"run {run.id}", style="dim", soft_wrap=True)
    if end is None:
        out.print(_unfinished(record))
        return
    if end.state == "interrupted":
        out.print(f"interrupted: {end.reason}", style="yellow")
    for line in _refused_targets(record):
        out.print(f"{TARGET_REFUSED}: {line}", style="yellow", soft_wrap=True)
    out.print(verdict_lines(end.verdict))
    out.print(_measurements(end.measurements, SHOWN))
    if note := latency_note(run.scenario.slo, end.measurements.values()):
        out.print(note, style="dim")


def show_scraped(seen: ScrapedRun, url: str) -> None:
    """One run as Prometheus scraped it; quantiles have their bucket's bounds, which are not a confidence interval."""
    out.print(subject(seen.scenario, seen.policy, f"  seed {seen.seed}"))
    out.print(f"run {seen.run}", style="dim", soft_wrap=True)
    state, processes = "live" if seen.live else "ended", len(seen.instances)
    span = (
        f"{seen.last_s - seen.first_s:.0f} s of scrapes, {processes} process{'es' * (processes > 1)}, {state}"
    )
    out.print(f"{span}; from {url}, warm-up and drain included", soft_wrap=True)
    table = plain_table("measurement", "value", "bucket bounds", "n")
    for name, m in seen.measurements.items():
        table.add_row(name, format_measured(m), format_interval(m), f"{m.n:,}")
    out.print(table)


def scraped_json(seen: ScrapedRun, url: str) -> dict[str, Any]:
    """The same for machines; `low` and `high` are a bucket's bounds."""
    identity = {"run": seen.run, "policy": seen.policy, "scenario": seen.scenario, "seed": seen.seed}
    state = {"state": "live" if seen.live else "over", "source": url, "instances": seen.instances}
    span = {"first_s": seen.first_s, "last_s": seen.last_s}
    found = {name: m.model_dump(exclude={"name"}) for name, m in seen.measurements.items()}
    return {**identity, **state, **span, "measurements": found}


def _refused_targets(record: Record) -> list[str]:
    """The hosts that the run was not allowed to connect to, each once with the reason."""
    events = record.table("events")
    details = events[events["name"] == TARGET_REFUSED]["detail"]
    return sorted({str(event_detail(detail).get("detail", "")) for detail in details})


def _unfinished(record: Record) -> Text:
    calls = record.table("calls", ["ended_s"])
    until = f"{len(calls):,} calls until {calls['ended_s'].max():.1f} s" if len(calls) else "no calls yet"
    state = "is live" if record.state == "live" else "was killed before its end; its record is readable"
    return Text(f"This run {state}: {until}.", style="yellow")


def verdict_lines(verdict: Verdict) -> Group:
    """The verdict with its reasons, and one line for each threshold."""
    word, colour = MARKS[verdict.kind]
    lines: list[RenderableType] = [Text(word, style=f"bold {colour}")]
    lines += [Padding(Text(reason), (0, 0, 0, 2)) for reason in verdict.reasons]
    lines += [Padding(Text(sentence, "dim"), (0, 0, 0, 2)) for sentence in unseen_sentences(verdict)]
    table = plain_table("threshold", "measured", "95% interval", "n", "")
    for margin in verdict.margins:
        mark, colour = MARKS[margin.verdict]
        m = margin.measured
        cells = (margin.threshold, format_measured(m), format_interval(m), f"{m.n:,}")
        table.add_row(*cells, Text(mark, style=colour))
    return Group(*lines, table) if verdict.margins else Group(*lines)


def _measurements(measured: Mapping[str, Measurement], names: Sequence[str]) -> Table:
    table = plain_table("measurement", "value", "95% interval", "n")
    for name in names:
        if name in measured:
            m = measured[name]
            table.add_row(name, format_measured(m), format_interval(m), f"{m.n:,}")
    return table


def show_list(found: Sequence[Record | Broken]) -> None:
    """One line for each run, newest first; then one for each that cannot be opened, with the reason."""
    if not found:
        out.print("No runs yet. Start one: surgeline run baseline --policy careful")
        return
    table = plain_table("run", "state", "verdict", "p99", "errors", "attempts/call")
    for item in found:
        if isinstance(item, Broken):
            table.add_row(item.folder.name, Text("damaged", "red"), "–", "–", "–", "–")
            continue
        table.add_row(*_listed(item))
    out.print(table)
    for item in found:
        if isinstance(item, Broken):
            out.print(str(item.error), style="red", soft_wrap=True)


def _listed(record: Record) -> tuple[str | Text, ...]:
    name = Text.assemble(record.run.id, *((f" #{tag}", "cyan") for tag in record.tags))
    if record.end is None:
        return (name, record.state, "–", "–", "–", "–")
    word, colour = MARKS[record.end.verdict.kind]
    measured = record.end.measurements
    cells = (measured.get(name) for name in ("latency.p99", "error_ratio", "amplification"))
    return (
        name,
        record.state,
        Text(word, style=colour),
        *(format_measured(m) if m else "–" for m in cells),
    )


def run_json(record: Record) -> dict[str, Any]:
    """A run as `run --json` prints it."""
    end = record.end
    found: dict[str, Any] = {
        "run": record.run.id,
        "policy": record.run.policy.name,
        "scenario": record.run.scenario.name,
        "seed": record.run.seed,
        "state": record.state,
        "tags": list(record.tags),
        "verdict": end.verdict.kind if end else None,
        "reasons": list(end.verdict.reasons) if end else [],
        "unseen_s": end.verdict.unseen_s if end and end.verdict.kind == "pass" else None,
        "measurements": {},
    }
    for name, m in (end.measurements if end else {}).items():
        found["measurements"][name] = {
            "value": m.value,
            "unit": m.unit,
            "n": m.n,
            "low": m.low,
            "high": m.high,
        }
    return found
