"""The processes of a started service: the cores that they used, and their memory."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import Backdrop, lines
from dashboard.theme.palette import dash

NAMES = {"busiest": "busiest process", "together": "all processes"}
HEIGHT_PX, MEMORY_PX, MEBIBYTE = 200, 140, 1 << 20
ROOM = 1.1
"""How far the axis reaches beyond the highest value; it has at least one core, the limit of a process."""


def service_usage(samples: pd.DataFrame, behind: Backdrop) -> list[alt.LayerChart]:
    """Cores used, and memory, over time; `samples` is that of `service_frame`."""
    palette = behind.palette
    cores = samples.melt("at_s", list(NAMES), "series", "value").replace({"series": NAMES})
    looks = {
        "busiest process": (palette.series_1, dash(0)),
        "all processes": (palette.part_orange, dash(1)),
    }
    most = max(1.0, ROOM * float(samples["together"].max()))
    used = lines(cores, looks, ("cores", ".2f"), shape="step-after").encode(
        x=behind.x(), y=alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, most]))
    )
    memory = samples.assign(series="memory", value=samples["rss_bytes"] / MEBIBYTE)
    look = {"memory": (palette.series_3, dash(0))}
    kept = lines(memory, look, ("MiB", ".0f"), shape="step-after", legend=False).encode(
        x=behind.x(), y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=True))
    )
    return [
        behind.behind(used).properties(height=HEIGHT_PX, title="Cores used by the service's processes"),
        behind.behind(kept, labels=False).properties(height=MEMORY_PX, title="Memory of the service, MiB"),
    ]


def service_sentence(samples: pd.DataFrame) -> str:
    """How much the processes used, with the number of samples."""
    if samples.empty:
        return "The service's processes were not sampled."
    busiest, together = samples["busiest"].mean(), samples["together"].mean()
    most, n = samples["rss_bytes"].max() / MEBIBYTE, len(samples)
    processes = int(samples["processes"].max())
    counted = "1 process" if processes == 1 else f"{processes} processes"
    return (
        f"On average the busiest process used {busiest:.0%} of a core, and all of them (at most {counted}) used "
        f"{together:.2f} cores; at most {most:,.0f} MiB of memory (n = {n:,} samples). A Python process runs "
        "one thread at a time, so one core is its limit."
    )
