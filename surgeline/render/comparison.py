"""A comparison of policies for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from harness.analyse.verdict.unseen import unseen_sentences
from harness.model.comparison_scope import scope_text
from harness.model.decision_text import decision_text
from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.quantities import KEY
from harness.model.verdict import Comparison, Difference
from harness.record.reader import Record
from surgeline.render.console import out
from surgeline.render.run import MARKS
from surgeline.render.table import dimmed, plain_table


def show_comparison(comparison: Comparison, records: Sequence[Record]) -> None:
    """The decision, policies as columns, then the differences, then one line for each verdict."""
    if comparison.decision is not None:
        out.print(Text(decision_text(comparison.decision), "bold"))
        out.print()
    first = {record.run.policy.name: record for record in reversed(records)}
    table = plain_table("", *comparison.policies)
    table.add_row("verdict", *(_worst(records, name) for name in comparison.policies))
    for name in KEY:
        table.add_row(name, *(_cell(first[policy], name) for policy in comparison.policies))
    seeds = ", ".join(str(seed) for seed in comparison.seeds)
    about = (records[0].run.scenario.name, "bold")
    out.print(Text.assemble(about, f", seed {seeds}; 95% intervals in brackets"))
    out.print(table)
    out.print()
    out.print(_differences(comparison))
    out.print(Text(scope_text(comparison), "dim"))
    out.print()
    for record in records:
        if record.end is not None:
            word, colour = MARKS[record.end.verdict.kind]
            verdict = record.end.verdict
            reasons = "; ".join([*verdict.reasons, *unseen_sentences(verdict)])
            out.print(Text.assemble((f"{record.run.policy.name}: {word}", colour), f"  {reasons}"))


def _worst(records: Sequence[Record], policy: str) -> Text:
    kinds = {r.end.verdict.kind for r in records if r.run.policy.name == policy and r.end is not None}
    for kind in ("fail", "inconclusive", "pass"):
        if kind in kinds:
            word, colour = MARKS[kind]
            return Text(word, style=f"bold {colour}")
    return Text("–")


def _cell(record: Record, name: str) -> Text:
    measurement = record.end.measurements.get(name) if record.end is not None else None
    if measurement is None:
        return Text("–")
    value, interval = format_measured(measurement), format_interval(measurement)
    return Text(value) if interval == "exact" else dimmed(value, f"[{interval}]")


def _differences(comparison: Comparison) -> Table:
    """The differences from the first policy, the others as columns."""
    first, *others = comparison.policies
    found = {(d.measurement, d.policy_b): d for d in comparison.deltas if d.policy_a == first}
    table = plain_table(f"against {first}", *others)
    for name in dict.fromkeys(d.measurement for d in comparison.deltas):
        table.add_row(name, *(_difference(found.get((name, other))) for other in others))
    return table


def _difference(delta: Difference | None) -> Text:
    if delta is None:
        return Text("–")
    if delta.verdict == "no difference shown":
        return Text(delta.verdict, "dim")
    if delta.difference is None:
        return Text("undefined: not reached", "dim")
    sign = "+" if delta.difference > 0 else ""
    low, high = format_value(delta.low, delta.unit), format_value(delta.high, delta.unit)
    return dimmed(f"{sign}{format_value(delta.difference, delta.unit)}", f"[{low} – {high}]")
