"""A stability map: a rectangle with a letter for each cell, μ/(1+R) beside it, and the lab's runs as points on top.

Cells are light in both themes, and what lies on top of them has the light theme's colours in both.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import text_with_halo
from dashboard.data.map_frames import CHECKS
from dashboard.theme.palette import LIGHT, Palette
from harness.model.stability_map import STATES, StabilityMap

SHAPES = ("circle", "cross", "triangle-up")
LEAST_HEIGHT_PX, ROW_PX, AROUND_PX, MOST_HEIGHT_PX = 200, 34, 110, 620
MOST_LETTERS = 20


def stability(
    cells: pd.DataFrame, runs: pd.DataFrame, theory: pd.DataFrame, found: StabilityMap, palette: Palette
) -> alt.LayerChart:
    """The map; the frames are those of `dashboard.data.map_frames`. A click on a cell opens its address."""
    spec = found.spec
    x_title, y_title = spec.x.title, spec.y.title
    x = alt.X("x_from:Q", title=x_title, scale=alt.Scale(zero=False, nice=False))
    y_axis = (
        alt.Axis(values=list(spec.y.values), grid=False)
        if len(spec.y.values) <= MOST_LETTERS
        else alt.Axis(grid=False)
    )
    y = alt.Y("y_from:Q", title=y_title, scale=alt.Scale(zero=False, nice=False), axis=y_axis)
    tooltip = [
        alt.Tooltip("x:Q", title=x_title), alt.Tooltip("y:Q", title=y_title),
        alt.Tooltip("state:N", title="predicted"), alt.Tooltip("seeds:N"),
    ]  # fmt: skip
    colour = alt.Color("state:N", title=None, scale=_colours(cells, palette))
    rectangles = (
        alt.Chart(cells)
        .mark_rect(stroke=palette.ground, strokeWidth=1, aria=False)
        .encode(x=x, x2="x_to:Q", y=y, y2="y_to:Q", color=colour, tooltip=tooltip, href="href:N")
    )
    layers: list[alt.Chart] = [rectangles]
    if len(spec.x.values) <= MOST_LETTERS:
        middle = alt.Chart(cells).encode(x="x:Q", y="y:Q", text="letter:N", href="href:N", tooltip=tooltip)
        layers.append(middle.mark_text(color=LIGHT.ink, fontSize=10, aria=False))
    layers += _theory(theory) if len(theory) else []
    layers += _runs(runs, x_title, y_title) if len(runs) else []
    height = min(MOST_HEIGHT_PX, max(LEAST_HEIGHT_PX, ROW_PX * len(spec.y.values) + AROUND_PX))
    return alt.LayerChart(layer=layers).properties(height=height, title="Predicted state of each cell")


def _colours(cells: pd.DataFrame, palette: Palette) -> alt.Scale:
    looks = {
        "stable": palette.part_mint,
        "vulnerable": palette.part_sand,
        "untested": palette.part_silver,
        "overloaded": palette.part_coral,
    }
    shown = [state for state in STATES if (cells["state"] == state).any()]
    return alt.Scale(domain=shown, range=[looks[state] for state in shown])


def _theory(theory: pd.DataFrame) -> list[alt.Chart]:
    rows = alt.Chart(theory).encode(x="rate_per_s:Q", y="y_from:Q", y2="y_to:Q")
    rule = rows.mark_rule(color=LIGHT.limit, strokeWidth=2.5, strokeDash=[6, 3]).encode(
        tooltip=alt.Tooltip("rate_per_s:Q", title="μ/(1+R), /s", format=".1f")
    )
    named = alt.Chart(theory.tail(1).assign(label="μ/(1+R)")).encode(
        x="rate_per_s:Q", y="y_to:Q", text="label:N"
    )
    look = {"align": "left", "baseline": "top", "dx": 5, "dy": 4}
    return [rule, *text_with_halo(named, LIGHT, LIGHT.limit, look)]


def _runs(runs: pd.DataFrame, x_title: str, y_title: str) -> list[alt.Chart]:
    shown = [check for check in CHECKS if (runs["check"] == check).any()]
    shapes = alt.Scale(domain=shown, range=[SHAPES[CHECKS.index(check)] for check in shown])
    points = (
        alt.Chart(runs)
        .mark_point(filled=True, size=150, opacity=1, color=LIGHT.ink, stroke=LIGHT.ground, strokeWidth=1.5)
        .encode(
            x="x:Q",
            y="y:Q",
            shape=alt.Shape("check:N", title=None, scale=shapes, legend=alt.Legend(orient="bottom", columns=2)),
            href="href:N",
            tooltip=[
                alt.Tooltip("x:Q", title=x_title), alt.Tooltip("y:Q", title=y_title),
                alt.Tooltip("state:N", title="the run"), alt.Tooltip("check:N"),
            ],
        )
    )  # fmt: skip
    return [points]
