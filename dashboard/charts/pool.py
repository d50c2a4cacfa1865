"""The connection pool: slots in use, idle sockets and waiting callers against the pool's size."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import ABOVE_RIGHT, BELOW_RIGHT, Backdrop, lines, text_with_halo
from dashboard.theme.palette import dash

ROOM = 1.1
"""How far the values reach beyond the limit, as a multiple of it, where its name has room above it."""


def pool(samples: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    """In use, idle and waiting over time (at_s, in_use, idle, waiting, maxsize), with maxsize as a limit."""
    names = {"in_use": "in use", "idle": "idle", "waiting": "callers waiting"}
    long = samples.melt("at_s", list(names), "series", "value").replace({"series": names})
    palette = behind.palette
    looks = {
        "in use": (palette.series_1, dash(0)),
        "idle": (palette.series_3, dash(2)),
        "callers waiting": (palette.part("orange"), dash(1)),
    }
    chart = lines(long, looks, ("count", ".0f"), shape="step-after").encode(
        x=behind.x(), y=alt.Y("value:Q", title=None, axis=alt.Axis(format="~d"))
    )
    layered = behind.behind(chart, *_size(samples, behind))
    return layered.properties(height=250, title="Connections and waiting callers")


def _size(samples: pd.DataFrame, behind: Backdrop) -> list[alt.Chart]:
    palette = behind.palette
    sizes = samples.assign(label="pool_maxsize " + samples["maxsize"].astype(int).astype(str))
    line = alt.Chart(sizes).mark_line(
        color=palette.limit, strokeDash=[6, 4], strokeWidth=1.5, interpolate="step-after", clip=True
    )
    text = alt.Chart(sizes.tail(1)).encode(x=alt.value("width"), y="maxsize:Q", text="label:N")
    highest = float(samples[["in_use", "idle", "waiting"]].to_numpy().max())
    look = ABOVE_RIGHT if highest > ROOM * sizes["maxsize"].max() else BELOW_RIGHT
    return [
        line.encode(x=behind.x(), y="maxsize:Q"),
        *text_with_halo(text, palette, palette.limit, look),
    ]


def pool_sentence(samples: pd.DataFrame) -> str:
    """One sentence about how full the pool was, how many connections were beyond it, and how many callers waited."""
    if samples.empty:
        return "The pool was not sampled."
    full = float((samples["in_use"] >= samples["maxsize"]).mean())
    most = int(samples["waiting"].max())
    waited = f"at most {most} callers waited for a slot" if most else "no caller waited for a slot"
    slots, beyond = int(samples["maxsize"].max()), int((samples["in_use"] - samples["maxsize"]).max())
    overflow = (
        f" At most {beyond} overflow connections were open beyond them; each is discarded after its use."
    )
    said = f"All {slots} slots were in use in {full:.0%} of {len(samples):,} samples; {waited}."
    return said + (overflow if beyond > 0 else "")
