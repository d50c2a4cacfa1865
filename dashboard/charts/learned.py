"""What was learned from production: the rate of arrivals over time, and the distribution of service times."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import DURATION
from dashboard.theme.palette import Palette


def rate_steps(steps: pd.DataFrame, palette: Palette) -> alt.Chart:
    """`steps` has at_s (seconds since the first call) and rate_per_s, of each step of the curve and of its end."""
    drawn: alt.Chart = (
        alt.Chart(steps)
        .mark_line(interpolate="step-after", color=palette.good, strokeWidth=2)
        .encode(
            x=alt.X("at_s:Q", axis=alt.Axis(title="seconds since the first call", tickCount=10)),
            y=alt.Y("rate_per_s:Q", title=None, scale=alt.Scale(zero=True)),
            tooltip=[alt.Tooltip("at_s:Q", format=".0f"), alt.Tooltip("rate_per_s:Q", format=".1f")],
        )
        .properties(height=200, title="Calls per second")
    )
    return drawn


def service_distribution(points: pd.DataFrame, palette: Palette) -> alt.LayerChart:
    """`points` has name, at_s, low_s and high_s of percentiles; a point for each, with its 95% interval."""
    names = list(points["name"])
    base = alt.Chart(points).encode(y=alt.Y("name:N", title=None, sort=names))
    axis = alt.Axis(title="duration", labelExpr=DURATION, tickCount=8)
    scale = alt.Scale(zero=True)
    bars = base.mark_rule(color=palette.quiet, strokeWidth=2).encode(
        x=alt.X("low_s:Q", axis=axis, scale=scale), x2="high_s:Q"
    )
    dots = base.mark_point(color=palette.good, filled=True, size=70, opacity=1).encode(
        x=alt.X("at_s:Q", axis=axis, scale=scale),
        tooltip=["name:N", *(alt.Tooltip(f"{name}:Q", format=".4f") for name in ("at_s", "low_s", "high_s"))],
    )
    return alt.LayerChart(layer=[bars, dots]).properties(height=180, title="Percentiles with 95% intervals")
