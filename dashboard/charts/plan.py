"""A scenario before it is run: planned arrivals over time, with faults and levers behind them."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import Backdrop


def plan_chart(rates: pd.DataFrame, warmup_s: float, behind: Backdrop) -> alt.LayerChart:
    """Planned journeys per second. `rates` is `plan_preview.planned_rates`; a rule marks the end of the warm-up."""
    colour = behind.palette.series_1
    area = (
        alt.Chart(rates)
        .mark_area(color=colour, opacity=0.25, clip=True, line={"color": colour, "strokeWidth": 2})
        .encode(
            x=behind.x(),
            y=alt.Y("rate_per_s:Q", title=None, scale=alt.Scale(zero=True, nice=True)),
            tooltip=[
                alt.Tooltip("at_s:Q", title="second", format=".1f"),
                alt.Tooltip("rate_per_s:Q", title="journeys per second", format=".4~g"),
            ],
        )
    )
    warm = alt.Chart(pd.DataFrame({"at_s": [warmup_s], "label": ["warm-up ends"]})).encode(x="at_s:Q")
    rule = warm.mark_rule(color=behind.palette.quiet, strokeDash=[2, 3])
    text = warm.mark_text(align="left", baseline="bottom", dx=4, dy=-2, color=behind.palette.quiet).encode(
        y=alt.value("height"), text="label:N"
    )
    chart = behind.behind(area, rule, text)
    return chart.properties(height=190, title="Planned journeys per second")
