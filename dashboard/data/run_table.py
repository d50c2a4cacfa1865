"""The runs as a table: one row per run, numbers in the unit that the column's title names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard.theme import labels
from harness.record.reader import Record

COLUMNS = (
    "Verdict", "Scenario", "Policy", "Tags", "p99, ms", "Failed, %", "Attempts per call", "Goodput, /s",
    "Calls", "State", "Started", "Seed", "Run",
)  # fmt: skip


def run_table(records: Iterable[Record]) -> pd.DataFrame:
    """One row per run in the given order; a run that hasn't been judged has no numbers.

    A p99 that is not reached is infinite.
    """
    return pd.DataFrame([_row(r) for r in records], columns=list(COLUMNS))


def _row(record: Record) -> dict[str, object]:
    run, end = record.run, record.end
    found = end.measurements if end else {}

    def value(name: str, scale: float = 1.0) -> float | None:
        return found[name].number * scale if name in found else None

    return {
        "Verdict": labels.verdict_label(end.verdict if end else None),
        "Scenario": run.scenario.name,
        "Policy": run.policy.name,
        "Tags": list(record.tags),
        "p99, ms": value("latency.p99", 1e3),
        "Failed, %": value("error_ratio", 1e2),
        "Attempts per call": value("amplification"),
        "Goodput, /s": value("goodput"),
        "Calls": value("calls"),
        "State": labels.state_label(record.state),
        "Started": pd.Timestamp(run.started_at),
        "Seed": run.seed,
        "Run": run.id,
    }


def chosen_runs(
    frame: pd.DataFrame,
    text: str,
    verdicts: Sequence[str],
    scenarios: Sequence[str],
    tags: Sequence[str] = (),
) -> pd.DataFrame:
    """The rows that hold every word of `text`, carry every tag, and are of one of the verdicts and scenarios."""
    keep = pd.Series(True, index=frame.index)
    tagged = frame["Tags"].map(" ".join)
    names = (frame["Run"] + " " + frame["State"] + " " + frame["Verdict"] + " " + tagged).str.lower()
    for word in text.lower().split():
        keep &= names.str.contains(word, regex=False)
    if verdicts:
        keep &= frame["Verdict"].isin(verdicts)
    if scenarios:
        keep &= frame["Scenario"].isin(scenarios)
    if tags:
        keep &= frame["Tags"].map(set(tags).issubset)
    return frame[keep]
