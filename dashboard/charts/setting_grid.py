"""Whether the SLO holds over the rate and one setting: a rectangle with a mark for each cell, and the advised point.

Cells are light in both themes, and what lies on top of them has the light theme's colours in both.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.theme.palette import LIGHT, Palette

STATES = ("keeps", "may break", "breaks")
ROW_PX, AROUND_PX = 32, 90


def setting_grid(cells: pd.DataFrame, key: str, palette: Palette) -> alt.LayerChart:
    """The map; `cells` is `grid_frames.grid_cells`, and `key` names the setting."""
    ordered = cells.sort_values(["row", "column"])
    x = alt.X(
        "rate:O",
        sort=list(dict.fromkeys(ordered["rate"])),
        title="rate of arrivals",
        axis=alt.Axis(labelAngle=0),
    )
    y = alt.Y("value:O", sort=list(dict.fromkeys(ordered["value"]))[::-1], title=key)
    looks = dict(zip(STATES, (palette.part_mint, palette.part_sand, palette.part_coral), strict=True))
    shown = [state for state in STATES if (cells["state"] == state).any()]
    colour = alt.Color(
        "state:N", title=None, scale=alt.Scale(domain=shown, range=[looks[state] for state in shown])
    )
    tooltip = [
        alt.Tooltip("rate:N"), alt.Tooltip("value:N", title=key), alt.Tooltip("state:N", title="predicted"),
        alt.Tooltip("seeds:N", title=""),
    ]  # fmt: skip
    base = alt.Chart(cells).encode(x=x, y=y, tooltip=tooltip)
    advised = base.transform_filter(alt.datum.advised)
    named = {"y": alt.value(-4), "text": alt.value("advised")}
    layers = [
        base.mark_rect(stroke=palette.ground, strokeWidth=1, aria=False).encode(color=colour),
        base.mark_text(color=LIGHT.ink, fontSize=12, aria=False).encode(text="mark:N"),
        advised.mark_point(shape="square", size=520, stroke=LIGHT.ink, strokeWidth=2.5, filled=False),
        alt.Chart(cells).transform_filter(alt.datum.advised).encode(x=x, **named)
        .mark_text(color=palette.ink, fontSize=11, baseline="bottom"),
    ]  # fmt: skip
    height = ROW_PX * cells["row"].nunique() + AROUND_PX
    return alt.LayerChart(layer=layers).properties(height=height)
