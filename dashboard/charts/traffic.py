"""Throughput paired with errors and latency over time, one under the other."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from dashboard.charts.time import (
    Backdrop,
    ceiling,
    limits,
    lines,
    log_duration,
    marked_title,
    percentiles,
    texts,
)
from dashboard.theme.palette import dash

RATIO_STEPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PERCENTILES = {"p50_s": "p50", "p95_s": "p95", "p99_s": "p99"}


def traffic(
    seconds: pd.DataFrame,
    behind: Backdrop,
    latency_limits: Mapping[str, float],
    error_limits: Mapping[str, float],
) -> list[alt.LayerChart]:
    """Three panels over the same time axis: calls per second, error ratio, latency percentiles.

    `seconds` is `timeline.per_second`; the limits map a threshold's words to its value in seconds or as a
    ratio. Bins without a finished call have no percentile and leave a gap; one that failed calls reach is marked.
    """
    return [
        throughput(seconds, behind),
        error_ratio(seconds, behind, error_limits),
        latency(seconds, behind, latency_limits),
    ]


def throughput(seconds: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    """Calls offered and calls that ended well, per second."""
    long = seconds.melt("at_s", ["offered", "goodput"], "series", "value")
    looks = {"offered": (behind.palette.quiet, dash(2)), "goodput": (behind.palette.good, dash(0))}
    chart = lines(long, looks, ("calls/s", ".0f")).encode(
        x=behind.x(labelled=False), y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=True))
    )
    values = texts(seconds, {"offered": ("offered", "1/s"), "goodput": ("goodput", "1/s")})
    return behind.behind(chart, values=values).properties(height=200, title="Calls per second")


def error_ratio(seconds: pd.DataFrame, behind: Backdrop, marks: Mapping[str, float]) -> alt.LayerChart:
    """The share of calls that failed, per second, on an axis that never hides a small one."""
    top = ceiling([*seconds["error_ratio"].dropna(), *(2 * v for v in marks.values())], RATIO_STEPS)
    colour = behind.palette.bad
    area = (
        alt.Chart(seconds[["at_s", "error_ratio", "errors"]])
        .mark_area(color=colour, opacity=0.35, clip=True, line={"color": colour, "strokeWidth": 1.5})
        .encode(
            x=behind.x(labelled=False),
            y=alt.Y(
                "error_ratio:Q",
                axis=alt.Axis(title=None, format="~%", tickCount=3),
                scale=alt.Scale(domain=[0, top], clamp=True),
            ),
        )
    )
    values = texts(seconds, {"calls failed": ("error_ratio", "ratio"), "errors": ("errors", "1/s")})
    layered = behind.behind(area, *limits(marks, behind.palette), labels=False, values=values)
    return layered.properties(height=120, title="Share of calls that failed")


def latency(seconds: pd.DataFrame, behind: Backdrop, marks: Mapping[str, float]) -> alt.LayerChart:
    """Latency's p50, p95 and p99 over time, from the scheduled start, on a log axis."""
    long = seconds.melt("at_s", list(PERCENTILES), "series", "value").replace({"series": PERCENTILES})
    palette = behind.palette
    looks = {
        "p50": (palette.series_1, dash(2)),
        "p95": (palette.series_3, dash(1)),
        "p99": (palette.series_2, dash(0)),
    }
    y = log_duration([*long["value"].dropna(), *marks.values()])
    line, *late = percentiles(long, looks, "latency, s")
    drawn = [line.encode(x=behind.x(), y=y), *(mark.encode(x=behind.x()) for mark in late)]
    values = texts(seconds, {name: (column, "s") for column, name in PERCENTILES.items()})
    layered = behind.behind(*drawn, *limits(marks, palette), labels=False, values=values)
    title = marked_title("Latency from the scheduled start (log scale)", long["value"])
    return layered.properties(height=280, title=title)
