"""What the command line prints: results on standard output, progress on standard error, within 100 columns."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from harness.conduct import Watcher
from harness.model.order import Listening
from harness.model.order import Progress as Second
from harness.model.rehearsal import Rehearsal
from harness.model.spell import spell, spell_interval
from harness.model.verdict import Comparison, Difference, Measurement, Verdict
from harness.observe.scraped import Scraped
from harness.record.reader import Broken, Record
from harness.runbook import by_itself

WIDTH = 100
PLAIN_EVERY_S = 5.0
MARKS = {"pass": ("✓ PASS", "green"), "fail": ("✗ FAIL", "red"), "inconclusive": ("? INCONCLUSIVE", "yellow")}

SHOWN = (
    "offered_rate", "achieved_rate", "goodput", "error_ratio",
    "latency.p50", "latency.p95", "latency.p99", "latency.p999", "latency.max",
    "thread_wait.p99", "pool_wait.p99", "starved_caller.max", "amplification", "calls", "attempts",
    "connections.opened", "connections.reused", "connections.discarded", "schedule_lag.p99",
)  # fmt: skip
COMPARED = (
    "goodput", "error_ratio", "latency.p50", "latency.p95", "latency.p99",
    "thread_wait.p99", "pool_wait.p99", "amplification", "connections.opened",
)  # fmt: skip

out = Console(width=min(WIDTH, Console().width) if sys.stdout.isatty() else WIDTH, highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def progress(title: str, duration_s: float) -> Iterator[Watcher]:
    """A watcher that draws a bar with rate, p99, errors and time left; plain lines when nobody looks."""
    if not sys.stderr.isatty():
        yield _PlainLines(title, duration_s)
        return
    columns: list[ProgressColumn | str] = [
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        _Left(),
        TextColumn("{task.fields[now]}"),
    ]
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=duration_s, now="starting")

        def watch(second: Second) -> None:
            bar.update(task, completed=min(second.at_s, duration_s), now=_now(second))

        yield watch


def announce(place: Listening) -> None:
    """Says where workers are expected, when they come from elsewhere."""
    err.print(f"waiting for workers: surgeline worker --master {place.host}:{place.port}", soft_wrap=True)


class _Left(ProgressColumn):
    def render(self, task: Task) -> RenderableType:
        """Seconds of arrivals that are still to come."""
        return Text(f"{max(0.0, (task.total or 0) - task.completed):3.0f} s left", style="cyan")


class _PlainLines:
    def __init__(self, title: str, duration_s: float) -> None:
        self._title, self._duration_s, self._next_s = title, duration_s, 0.0

    def __call__(self, second: Second) -> None:
        if second.at_s < self._next_s:
            return
        self._next_s = second.at_s + PLAIN_EVERY_S
        left_s = max(0.0, self._duration_s - second.at_s)
        err.print(f"{self._title}: {left_s:3.0f} s left, {_now(second)}", soft_wrap=True)


def _now(second: Second) -> str:
    waiting = f", {second.queued_journeys} waiting" if second.queued_journeys else ""
    state = "draining, " if second.draining else ""
    failed = f"{second.errors} of {second.calls} failed"
    return f"{state}{second.rate_per_s:.0f}/s, p99 {spell(second.p99_s, 's')}, {failed}{waiting}"


def show_run(record: Record) -> None:
    """One run: the verdict in words, the thresholds, the measurements."""
    run, end = record.run, record.end
    out.print(f"[bold]{run.scenario.name}[/] × [bold]{run.policy.name}[/]  seed {run.seed}", highlight=False)
    out.print(f"run {run.id}", style="dim", soft_wrap=True)
    if end is None:
        out.print(_unfinished(record))
        return
    if end.state == "interrupted":
        out.print(f"interrupted: {end.reason}", style="yellow", markup=False)
    out.print(verdict(end.verdict))
    out.print(_measurements(end.measurements, SHOWN))


def show_scraped(seen: Scraped, url: str) -> None:
    """One run as a Prometheus saw it; a quantile with its bucket's bounds, which are no interval of confidence."""
    out.print(f"[bold]{seen.scenario}[/] × [bold]{seen.policy}[/]  seed {seen.seed}", highlight=False)
    out.print(f"run {seen.run}", style="dim", soft_wrap=True)
    state, processes = "live" if seen.live else "over", len(seen.instances)
    span = (
        f"{seen.last_s - seen.first_s:.0f} s of scrapes, {processes} process{'es' * (processes > 1)}, {state}"
    )
    out.print(f"{span}; from {url}, warm-up and drain included", highlight=False, soft_wrap=True)
    table = _table("measurement", "value", "its bucket", "n")
    for name, m in seen.measurements.items():
        table.add_row(name, spell(m.value, m.unit), spell_interval(m), f"{m.n:,}")
    out.print(table)


def scraped_json(seen: Scraped, url: str) -> dict[str, Any]:
    """The same for machines; `low` and `high` are a bucket's bounds."""
    identity = {"run": seen.run, "policy": seen.policy, "scenario": seen.scenario, "seed": seen.seed}
    state = {"state": "live" if seen.live else "over", "source": url, "instances": seen.instances}
    span = {"first_s": seen.first_s, "last_s": seen.last_s}
    found = {name: m.model_dump(exclude={"name"}) for name, m in seen.measurements.items()}
    return {**identity, **state, **span, "measurements": found}


def _unfinished(record: Record) -> Text:
    calls = record.table("calls", ["ended_s"])
    until = f"{len(calls):,} calls until {calls['ended_s'].max():.1f} s" if len(calls) else "no calls yet"
    said = "is live" if record.state == "live" else "was killed before its end; what it recorded is readable"
    return Text(f"This run {said}: {until}.", style="yellow")


def verdict(verdict: Verdict) -> Group:
    """The verdict with its reasons, and one line for each threshold."""
    word, colour = MARKS[verdict.kind]
    lines: list[RenderableType] = [Text(word, style=f"bold {colour}")]
    lines += [Padding(Text(reason), (0, 0, 0, 2)) for reason in verdict.reasons]
    table = _table("threshold", "measured", "95% interval", "n", "")
    for margin in verdict.margins:
        mark, colour = MARKS[margin.verdict]
        m = margin.measured
        cells = (margin.threshold, spell(m.value, m.unit), spell_interval(m), f"{m.n:,}")
        table.add_row(*cells, Text(mark, style=colour))
    return Group(*lines, table) if verdict.margins else Group(*lines)


def _measurements(measured: Mapping[str, Measurement], names: Sequence[str]) -> Table:
    table = _table("measurement", "value", "95% interval", "n")
    for name in names:
        if name in measured:
            m = measured[name]
            table.add_row(name, spell(m.value, m.unit), spell_interval(m), f"{m.n:,}")
    return table


def show_comparison(comparison: Comparison, records: Sequence[Record]) -> None:
    """Policies as columns, then the differences, then one verdict a line."""
    first = {record.run.policy.name: record for record in reversed(records)}
    table = _table("", *comparison.policies)
    table.add_row("verdict", *(_worst(records, name) for name in comparison.policies))
    for name in COMPARED:
        table.add_row(name, *(_cell(first[policy], name) for policy in comparison.policies))
    seeds = ", ".join(str(seed) for seed in comparison.seeds)
    out.print(f"[bold]{records[0].run.scenario.name}[/], seed {seeds}; 95% intervals in brackets")
    out.print(table)
    out.print()
    out.print(_differences(comparison))
    out.print()
    for record in records:
        if record.end is not None:
            word, colour = MARKS[record.end.verdict.kind]
            reasons = "; ".join(record.end.verdict.reasons)
            out.print(Text.assemble((f"{record.run.policy.name}: {word}", colour), f"  {reasons}"))


def _worst(records: Sequence[Record], policy: str) -> Text:
    kinds = {r.end.verdict.kind for r in records if r.run.policy.name == policy and r.end is not None}
    for kind in ("fail", "inconclusive", "pass"):
        if kind in kinds:
            word, colour = MARKS[kind]
            return Text(word, style=f"bold {colour}")
    return Text("–")


def _cell(record: Record, name: str) -> str:
    measurement = record.end.measurements.get(name) if record.end is not None else None
    if measurement is None:
        return "–"
    value, interval = spell(measurement.value, measurement.unit), spell_interval(measurement)
    return value if interval == "exact" else f"{value}\n[dim]\\[{interval}][/]"


def _differences(comparison: Comparison) -> Table:
    """The differences from the first policy, the others as columns."""
    first, *others = comparison.policies
    found = {(d.measurement, d.policy_b): d for d in comparison.deltas if d.policy_a == first}
    table = _table(f"against {first}", *others)
    for name in dict.fromkeys(d.measurement for d in comparison.deltas):
        table.add_row(name, *(_difference(found.get((name, other))) for other in others))
    return table


def _difference(delta: Difference | None) -> str:
    if delta is None:
        return "–"
    if delta.verdict == "no difference shown":
        return f"[dim]{delta.verdict}[/]"
    sign = "+" if delta.difference > 0 else ""
    low, high = spell(delta.low, delta.unit), spell(delta.high, delta.unit)
    return f"{sign}{spell(delta.difference, delta.unit)}\n[dim]\\[{low} – {high}][/]"


def show_rehearsal(rehearsal: Rehearsal) -> None:
    """The hysteresis question, and the levers ranked."""
    out.print(f"[bold]{rehearsal.scenario}[/] × [bold]{rehearsal.policy}[/]")
    out.print(f"Does it come back by itself? {by_itself(rehearsal).replace('**', '')}", markup=False)
    table = _table("lever", "back after", "95% interval", "calls lost", "peak attempts/call")
    for one in rehearsal.repetitions:
        low, high = spell(one.recovery.low, "s"), spell(one.recovery.high, "s")
        lost = spell(one.lost.value, "count")
        peak = spell(one.peak_amplification.value, "attempts/call")
        if one.recovered:
            table.add_row(
                one.lever, Text(spell(one.recovery.value, "s"), style="green"), f"{low} – {high}", lost, peak
            )
        else:
            table.add_row(one.lever, Text("never", style="red"), f"> {low}", lost, peak)
    out.print(table)


def show_list(found: Sequence[Record | Broken]) -> None:
    """One line a run, newest first."""
    if not found:
        out.print("No runs yet. Start one: surgeline run baseline --policy careful")
        return
    table = _table("run", "state", "verdict", "p99", "errors", "attempts/call")
    for item in found:
        if isinstance(item, Broken):
            table.add_row(item.folder.name, "broken", Text(item.reason, overflow="ellipsis"), "", "", "")
            continue
        table.add_row(*_listed(item))
    out.print(table)


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
        *(spell(m.value, m.unit) if m else "–" for m in cells),
    )


def _table(*headers: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def as_json(value: Any) -> None:
    """Prints one JSON document."""
    import json

    print(json.dumps(value, indent=2, default=str))  # noqa: T201


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


def since(start_s: float) -> str:
    """Seconds since a reading of time.monotonic(), in words."""
    return f"{time.monotonic() - start_s:.0f} s"
