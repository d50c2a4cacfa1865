"""One measurement of a policy under a scenario, run by run, with intervals, the limit and the verdicts."""

from __future__ import annotations

import json

import altair as alt
import pandas as pd

from dashboard.charts.time import NOT_REACHED_MARK, limits
from dashboard.theme import labels
from dashboard.theme.palette import Palette
from harness.model.verdict import Margin


def trend_chart(frame: pd.DataFrame, margin: Margin, palette: Palette) -> alt.LayerChart:
    """Runs from left to right, oldest first. `frame` is that of a CellTrend, and `margin` has its limit.

    A run whose percentile is not reached is a triangle at the upper edge. Tags and new
    commits are written below the points.
    """
    frame = frame.assign(order=range(len(frame)), reached=frame["value"].notna())
    duration = margin.measured.unit == "s"
    axis = alt.Axis(
        title=None, format="~s" if duration else "~%" if margin.measured.unit == "ratio" else "~g"
    )
    y = alt.Y("value:Q", scale=alt.Scale(zero=True, nice=True), axis=axis)
    names = alt.Axis(title=None, labelAngle=0, labelLimit=110, labelOverlap=True, labelExpr=_label(frame))
    base = alt.Chart(frame).encode(
        x=alt.X("order:O", axis=names), tooltip=["when", "run", "verdict", "text", "tags", "commit"]
    )
    reached = base.transform_filter("datum.reached")
    colour = alt.Color("verdict:N", title=None, scale=_colours(palette))
    shape = alt.Shape("verdict:N", title=None, scale=_shapes())
    layers = [
        reached.mark_line(color=palette.quiet, strokeWidth=1.2).encode(y=y),
        reached.transform_filter("isValid(datum.high) && isValid(datum.low)")
        .mark_rule(strokeWidth=5, opacity=0.3)
        .encode(y=alt.Y("low:Q"), y2="high:Q", color=colour),
        reached.mark_point(filled=True, size=110, opacity=1).encode(y=y, color=colour, shape=shape),
        base.transform_filter("!datum.reached")
        .mark_point(shape="triangle-up", filled=True, size=90, opacity=1)
        .encode(y=alt.value(6), color=colour),
        *limits({margin.threshold: margin.limit}, palette),
    ]
    title = labels.title(margin.measured.name) + (" in seconds" if duration else "") + ", run by run"
    title += "" if frame["reached"].all() else f"; {NOT_REACHED_MARK}"
    return alt.LayerChart(layer=layers).properties(height=220, title=title)


def _label(frame: pd.DataFrame) -> str:
    """Under each run when it began, its tags, and its commit where it is not that of the run before."""
    new = frame["commit"].where(frame["commit"] != frame["commit"].shift(), "")
    texts = [
        [line for line in lines if line] for lines in zip(frame["when"], frame["tags"], new, strict=True)
    ]
    return f"{json.dumps(texts)}[datum.value]"


def _colours(palette: Palette) -> alt.Scale:
    colours = {"pass": palette.good, "fail": palette.bad, "inconclusive": palette.quiet}
    return alt.Scale(domain=_verdict_labels(), range=[colours[kind] for kind in labels.VERDICTS])


def _shapes() -> alt.Scale:
    return alt.Scale(domain=_verdict_labels(), range=["circle", "diamond", "square"])


def _verdict_labels() -> list[str]:
    return [" ".join(words) for words in labels.VERDICTS.values()]
