"""All attempts at one incident over each other: the calls that ended well, one line per attempt."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import Backdrop, lines
from dashboard.theme.palette import series_looks


def attempts_chart(over_time: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    """One line per run (at_s, value, levers, run), in the colour and dash of its levers; `behind` has the faults."""
    looks = series_looks(list(dict.fromkeys(over_time["levers"])), behind.palette)
    long = over_time.rename(columns={"levers": "series"})
    drawn = lines(long, looks, ("calls/s", ".0f"), detail="run").encode(
        x=behind.x(), y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=True))
    )
    faults = Backdrop(
        behind.spans[behind.spans["kind"] == "fault"], behind.until_s, behind.palette, behind.from_s
    )
    return faults.behind(drawn).properties(height=280, title="Calls that ended well, per second, by attempt")
