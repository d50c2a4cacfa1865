"""Policies of a search by two objectives at a time: the front as predicted, with the lab's measurements on top."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import DURATION, Layer
from dashboard.data.tuning_frames import KINDS
from dashboard.theme.palette import Palette

SHAPES = ("circle", "cross", "circle", "diamond", "square", "triangle-up")
SIZES = (36, 36, 90, 170, 170, 150)
BROKEN = KINDS[1]
AROUND = 0.25
"""How far beyond the other policies one that breaks the SLO is still drawn, as a share of their extent."""


def pareto_charts(points: pd.DataFrame, palette: Palette) -> list[alt.LayerChart]:
    """Goodput against attempts per call, and against latency; each point leads to its policy.

    `points` is `tuning_frames.points`. A thin line joins what was predicted of a policy with what was measured.
    """
    return [
        _panel(points, "amplification", alt.Axis(title="attempts per call"), "attempts per call", palette),
        _panel(
            points,
            "latency_s",
            alt.Axis(title="latency p99 before the incident", labelExpr=DURATION),
            "latency p99 before it",
            palette,
        ),
    ]


def _panel(every: pd.DataFrame, column: str, axis: alt.Axis, title: str, palette: Palette) -> alt.LayerChart:
    points = _near(every, ["goodput", column])
    x = alt.X(
        "goodput:Q",
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(title="goodput in the incident, calls per second", tickCount=8),
    )
    y = alt.Y(f"{column}:Q", scale=alt.Scale(zero=False, nice=True), axis=axis)
    base = alt.Chart(points).encode(x=x, y=y)
    pairs = points[points["kind"].isin(KINDS[3:])]
    layers: list[Layer] = [
        alt.Chart(pairs)
        .mark_line(color=palette.quiet, strokeWidth=1.2, strokeDash=[3, 3])
        .encode(x=x, y=y, detail="name:N")
    ]
    for kind, shape, size in zip(KINDS, SHAPES, SIZES, strict=True):
        if (points["kind"] == kind).any():
            mark = base.transform_filter(alt.datum.kind == kind).mark_point(
                filled=True, opacity=0.9, shape=shape, size=size
            )
            layers.append(mark.encode(color=_colours(points, palette), href="href:N", tooltip=_tooltip()))
    left_out = len(every) - len(points)
    outside = f"; {left_out} far outside, which break the SLO, are not drawn" if left_out else ""
    heading = alt.TitleParams(
        f"Goodput and {title}", subtitle=f"predicted; triangles: measured in the lab{outside}"
    )
    return alt.LayerChart(layer=layers).properties(height=300, title=heading)


def _near(points: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Without policies that break the SLO and lie so far away that the others would be one spot."""
    others, near = points[points["kind"] != BROKEN], points["kind"] != BROKEN
    if others.empty:
        return points
    low, high = others[columns].min(), others[columns].max()
    room = (high - low) * AROUND
    return points[
        near | points[columns].ge(low - room).all(axis=1) & points[columns].le(high + room).all(axis=1)
    ]


def _colours(points: pd.DataFrame, palette: Palette) -> alt.Color:
    looks = dict(
        zip(
            KINDS,
            (palette.quiet, palette.bad, palette.series_1, palette.good, palette.lever, palette.limit),
            strict=True,
        )
    )
    seen = [kind for kind in KINDS if (points["kind"] == kind).any()]
    scale = alt.Scale(domain=seen, range=[looks[kind] for kind in seen])
    shapes = alt.Legend(columns=2, symbolType="circle")
    return alt.Color("kind:N", title=None, scale=scale, legend=shapes)


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title="policy"),
        alt.Tooltip("kind:N", title=""),
        alt.Tooltip("goodput:Q", title="goodput, /s", format=".1f"),
        alt.Tooltip("latency_s:Q", title="p99, s", format=".4f"),
        alt.Tooltip("amplification:Q", title="attempts per call", format=".3f"),
        alt.Tooltip("changes:N", title="changes"),
    ]
