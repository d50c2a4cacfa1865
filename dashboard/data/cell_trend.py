"""One policy under one scenario over its runs: the measurement that matters most, oldest run first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.data.regressions import settings_but_seed
from dashboard.theme import labels
from harness.model.margin_size import worst_margin
from harness.model.verdict import Margin
from harness.record.reader import Record
from harness.record.tags import tags

SHORT = 8
"""Characters of a commit that a label shows."""
COLUMNS = ["run", "when", "verdict", "value", "low", "high", "text", "tags", "commit"]


@dataclass(frozen=True, slots=True)
class CellTrend:
    """The newest run of a cell, its worst margin (None without one), and the runs of the same settings before it.

    `frame` has one row per run: run, when, verdict, value, low, high (base units; None where not reached or not
    bounded), text, tags and commit. `other_settings` counts judged runs that are left out: their scenario or
    upstream was set otherwise.
    """

    newest: Record
    margin: Margin | None
    frame: pd.DataFrame
    other_settings: int


def cell_trend(records: Sequence[Record], policy: str, scenario: str) -> CellTrend | None:
    """The trend of a cell; None without a judged run. `records` are newest first.

    Runs count that differ in nothing but the seed and the settings of the policy, and were not interrupted.
    """
    of_cell = [r for r in records if r.end and (r.run.policy.name, r.run.scenario.name) == (policy, scenario)]
    if not of_cell or of_cell[0].end is None:
        return None
    newest = of_cell[0]
    same = [
        r
        for r in of_cell
        if r.run.policy == newest.run.policy and settings_but_seed(r) == settings_but_seed(newest)
    ]
    margin = worst_margin(of_cell[0].end.verdict.margins)
    rows = [_row(r, margin.measured.name) for r in reversed(same)] if margin else []
    frame = pd.DataFrame([row for row in rows if row], columns=COLUMNS)
    return CellTrend(newest, margin, frame, len(of_cell) - len(same))


def _row(record: Record, name: str) -> dict[str, object] | None:
    end = record.end
    if end is None or end.state != "complete" or name not in end.measurements:
        return None
    m = end.measurements[name]
    return {
        "run": record.run.id,
        "when": f"{record.run.started_at:%d %b %H:%M:%S}",
        "verdict": labels.verdict_label(end.verdict),
        "value": m.value,
        "low": m.low,
        "high": m.high,
        "text": f"{labels.value_label(m)} ({labels.interval(m)})",
        "tags": ", ".join(tags(record.folder)),
        "commit": record.run.commit[:SHORT],
    }
