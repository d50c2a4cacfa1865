"""One of observe's panels, drawn from the lines that Prometheus answered."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import DURATION, lines
from dashboard.theme.palette import Palette, series_looks
from harness.observe.panels import Panel, Unit

FORMATS: dict[Unit, str] = {
    "s": ".4f", "ratio": ".2%", "1/s": ".1f", "count": ".0f", "factor": ".2f", "bytes": ".3s", "s/s": ".2f",
}  # fmt: skip


def panel(long: pd.DataFrame, definition: Panel, until_s: float, palette: Palette) -> alt.LayerChart:
    """A chart of `long` (at_s, series, value) with the panel's title and meaning, from 0 to `until_s` seconds."""
    looks = series_looks(sorted(long["series"].unique()), palette)
    axis = alt.Axis(title=None, labelExpr=DURATION) if definition.unit == "s" else alt.Axis(title=None)
    x_axis = alt.Axis(title="seconds since the first scrape", tickCount=10)
    drawn = lines(long, looks, (definition.title, FORMATS[definition.unit])).encode(
        x=alt.X("at_s:Q", scale=alt.Scale(domain=[0, max(until_s, 1.0)], nice=False), axis=x_axis),
        y=alt.Y("value:Q", axis=axis),
    )
    title = alt.TitleParams(definition.title, subtitle=definition.meaning)
    return alt.LayerChart(layer=[drawn]).properties(height=170, title=title)
