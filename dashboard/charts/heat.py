"""How many calls took how long, second by second, as a heat map, so that two modes don't become a mean."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import Backdrop, log_duration


def heat(cells: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    """One rectangle per bin of time and of how long calls took, failed ones included.

    `cells` has at_s, end_s, low_s, high_s and calls, and `href`, the address of the cell's calls.
    """
    y = log_duration([cells["low_s"].min(), cells["high_s"].max()] if len(cells) else [])
    y.shorthand = "low_s:Q"
    rectangles = (
        alt.Chart(cells)
        .mark_rect(clip=True, aria=False)
        .encode(
            x=behind.x(),
            x2="end_s:Q",
            y=y,
            y2="high_s:Q",
            href="href:N",
            color=alt.Color(
                "calls:Q",
                title="calls",
                scale=alt.Scale(scheme="viridis", type="log"),
                legend=alt.Legend(gradientLength=160, tickCount=3, format="~s", titleOrient="left"),
            ),
            tooltip=[
                alt.Tooltip("at_s:Q", title="second", format=".0f"),
                alt.Tooltip("low_s:Q", title="from, s", format=".4f"),
                alt.Tooltip("high_s:Q", title="to, s", format=".4f"),
                alt.Tooltip("calls:Q", title="calls", format=","),
            ],
        )
    )
    title = "Calls by duration, failed included (log scale)"
    return behind.behind(rectangles).properties(height=300, title=title)
