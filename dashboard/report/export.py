"""A comparison to take along: as a table for a spreadsheet, or as a picture for a slide or a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.charts import side_by_side
from dashboard.charts.time import backdrop_of
from dashboard.data import comparison_tables
from dashboard.data.policy_settings import limits_of
from dashboard.data.run_frames import RunFrames
from dashboard.report.headline import headline
from dashboard.theme import labels
from dashboard.theme.palette import LIGHT, config
from harness.model.verdict import Comparison
from harness.record.reader import Record

WIDTH_PX, SCALE = 1100, 1.5
KEY_NUMBERS = ("latency.p99", "error_ratio", "goodput")


def as_csv(comparison: Comparison) -> str:
    """One row per difference, numbers as they are in base units, so that a spreadsheet can count with them."""
    rows = [
        {
            "measurement": d.measurement,
            "unit": d.unit,
            "policy_a": d.policy_a,
            "policy_b": d.policy_b,
            "a": d.a,
            "b": d.b,
            "difference": d.difference,
            "low": d.low,
            "high": d.high,
            "pairs": d.pairs,
            "runs": d.runs,
            "verdict": d.verdict,
            "judged": labels.difference_direction(d),
        }
        for d in comparison.deltas
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def as_png(records: Sequence[Record], frames: Sequence[RunFrames]) -> bytes:
    """Distributions and timelines of the runs in one picture, with the verdicts and key numbers above them."""
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(poster(records, frames), scale=SCALE)
    return drawn


def poster(records: Sequence[Record], frames: Sequence[RunFrames]) -> dict[str, Any]:
    """The picture as a Vega-Lite specification, on a light ground."""
    names, limits = comparison_tables.run_labels(records), limits_of(records[0].run.scenario.slo, "latency")
    looks = comparison_tables.run_looks(records, LIGHT)
    named = list(zip(frames, names, strict=True))
    behind = backdrop_of(max(frames, key=lambda p: p.until_s), LIGHT)
    quantiles = pd.concat([p.quantiles.assign(policy=n) for p, n in named])
    seconds = pd.concat([p.seconds.assign(policy=n) for p, n in named])
    panels = [
        side_by_side.distributions(quantiles, looks, LIGHT, limits),
        *side_by_side.overlaid(seconds, looks, behind, limits),
    ]
    title = {
        "text": headline(records),
        "subtitle": [_about(records), *map(_line, records, names)],
        "fontSize": 20,
        "subtitleFontSize": 13,
        "subtitlePadding": 6,
        "subtitleLineHeight": 18,
        "offset": 18,
    }
    specs = [{**panel.to_dict(), "width": WIDTH_PX} for panel in panels]
    datasets = {key: rows for spec in specs for key, rows in spec.pop("datasets", {}).items()}
    for spec in specs:
        spec.pop("config", None)
    return {
        "$schema": specs[0].pop("$schema"),
        "title": title,
        "datasets": datasets,
        "vconcat": specs,
        "spacing": 18,
        "padding": 24,
        "config": {**config(LIGHT), "autosize": "pad", "background": LIGHT.ground},
    }


def _about(records: Sequence[Record]) -> str:
    seeds = ", ".join(str(seed) for seed in sorted({r.run.seed for r in records}))
    return f"{records[0].run.scenario.name}, seed {seeds}; 95% intervals in brackets"


def _line(record: Record, name: str) -> str:
    """`Pass, careful: Latency p99 222 ms (198 ms – 250 ms, n = 3,120), …`; signs are left to pages with our fonts."""
    if record.end is None:
        return f"{labels.STATES[record.state][1]}, {name}: not judged yet"
    found = [record.end.measurements[key] for key in KEY_NUMBERS if key in record.end.measurements]
    numbers = [
        f"{labels.title(m.name)} {labels.value_label(m)} ({labels.interval(m)}, n = {m.n:,})" for m in found
    ]
    return f"{labels.VERDICTS[record.end.verdict.kind][1]}, {name}: {', '.join(numbers)}"
