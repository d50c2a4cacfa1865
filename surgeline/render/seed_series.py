"""A series of runs with one verdict, for a terminal and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from harness.model.verdict import Verdict
from harness.record.reader import Record
from surgeline.render.console import out
from surgeline.render.run import run_json, verdict_lines
from surgeline.render.table import subject


def show_series(verdict: Verdict, records: Sequence[Record]) -> None:
    """The verdict on all runs together, and which runs they are."""
    run = records[0].run
    seeds = ", ".join(str(record.run.seed) for record in records)
    out.print(subject(run.scenario.name, run.policy.name, f"  seeds {seeds}"))
    for record in records:
        out.print(f"run {record.run.id}", style="dim", soft_wrap=True)
    out.print(verdict_lines(verdict))


def show_series_of_policies(series: Mapping[str, Verdict]) -> None:
    """For each policy the verdict on all of its runs together."""
    for policy, verdict in series.items():
        out.print()
        out.print(Text(f"{policy}, all of its runs together:"))
        out.print(verdict_lines(verdict))


def series_json(verdict: Verdict, records: Sequence[Record]) -> dict[str, Any]:
    """The verdict on all runs together, and each run with its own."""
    return {
        "verdict": verdict.model_dump(mode="json"),
        "seeds": [record.run.seed for record in records],
        "runs": [run_json(record) for record in records],
    }
