"""The runs as a work list: grouped by experiment (one policy under one scenario), newest first, numbers as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from dashboard.data.cell_trend import CellTrend, cell_trend
from dashboard.data.markdown import markdown_table, plain
from dashboard.data.run_filter import verdict_of
from dashboard.theme import labels
from harness.model.margin_size import margin_text, worst_margin
from harness.record.reader import Record

NUMBERS = {
    "p99": "latency.p99", "failed": "error_ratio", "goodput": "goodput", "attempts per call": "amplification",
}  # fmt: skip
SPARK_RUNS = 24


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One run: its verdict, the measurement that matters most, and its numbers, each a text with its unit.

    `state` says that a judged run was interrupted; it is "" for a complete one.
    """

    run: str
    kind: str
    verdict: str
    margin: str
    numbers: dict[str, str]
    state: str
    when: str
    started: str
    seed: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SparkPoint:
    """A run in a spark line: its place from 0 (oldest, lowest) to 1 (newest, highest), its verdict, and a text."""

    x: float
    y: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Spark:
    """The worst measurement of a group over its runs, oldest first, with the limit at `limit` of the height."""

    title: str
    points: tuple[SparkPoint, ...]
    limit: float


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """The runs of one policy under one scenario. `hidden` counts older ones that are not listed."""

    scenario: str
    policy: str
    rows: tuple[WorkRow, ...]
    hidden: int
    spark: Spark | None


def work_groups(records: Sequence[Record], now: datetime, rows_at_most: int) -> list[WorkGroup]:
    """Groups of runs. `records` are newest first; scenarios come in the order of their newest run, then policies."""
    of_scenario: dict[str, dict[str, list[Record]]] = {}
    for record in records:
        policies = of_scenario.setdefault(record.run.scenario.name, {})
        policies.setdefault(record.run.policy.name, []).append(record)
    return [
        WorkGroup(
            scenario,
            policy,
            tuple(_row(record, now) for record in of_group[:rows_at_most]),
            max(0, len(of_group) - rows_at_most),
            _spark(cell_trend(of_group, policy, scenario)),
        )
        for scenario, policies in of_scenario.items()
        for policy, of_group in policies.items()
    ]


def runs_markdown(records: Sequence[Record], said: str, now: datetime) -> str:
    """The runs for a ticket or a chat: the sentence `said` about them, and a table with a row for each."""
    rows = [{**_experiment(record), **_cells(_row(record, now))} for record in records]
    return "\n".join(["### surgeline: runs", "", plain(said), "", *markdown_table(pd.DataFrame(rows))]) + "\n"


def _experiment(record: Record) -> dict[str, str]:
    return {
        "run": f"`{record.run.id}`",
        "scenario": record.run.scenario.name,
        "policy": record.run.policy.name,
    }


def _cells(row: WorkRow) -> dict[str, str]:
    verdict = f"{row.verdict} {row.state}".strip()
    found = {"verdict": verdict, "worst measurement": row.margin, **row.numbers, "seed": str(row.seed)}
    return {**found, "started": row.started, "tags": ", ".join(row.tags)}


def _row(record: Record, now: datetime) -> WorkRow:
    run, end = record.run, record.end
    found = end.measurements if end else {}
    worst = worst_margin(end.verdict.margins) if end else None
    return WorkRow(
        run=run.id,
        kind=verdict_of(record),
        verdict=labels.verdict_label(end.verdict) if end else labels.state_label(record.state),
        margin="" if worst is None else margin_text(worst),
        numbers={
            title: labels.value_label(found[name]) if name in found else "–"
            for title, name in NUMBERS.items()
        },
        state=labels.state_label("interrupted") if end and end.state == "interrupted" else "",
        when=labels.ago(run.started_at, now),
        started=f"{run.started_at:%d %b %Y, %H:%M:%S %Z}",
        seed=run.seed,
        tags=record.tags,
    )


def _spark(trend: CellTrend | None) -> Spark | None:
    """The spark line of a trend; None with fewer than two runs. A value that is not reached is at the upper edge."""
    if trend is None or trend.margin is None or len(trend.frame) < 2:
        return None
    frame = trend.frame.tail(SPARK_RUNS)
    limit = trend.margin.limit
    top = max(limit, frame["value"].max(skipna=True), 0.0) or 1.0
    heights = (frame["value"].astype(float) / top).fillna(1.0)
    last = len(frame) - 1
    points = tuple(
        SparkPoint(place / last, y, _kind(verdict), text)
        for place, (y, verdict, text) in enumerate(zip(heights, frame["verdict"], frame["text"], strict=True))
    )
    return Spark(labels.title(trend.margin.measured.name), points, limit / top)


def _kind(label: str) -> str:
    return next(kind for kind, words in labels.VERDICTS.items() if label == " ".join(words))
