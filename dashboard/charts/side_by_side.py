"""Policies over each other: distributions of latency, and timelines."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from dashboard.charts.time import (
    Backdrop,
    colour_and_dash,
    limits,
    lines,
    log_duration,
    marked_title,
    percentiles,
)
from dashboard.theme.palette import Look, Palette

NINES = {0.0: "fastest", 0.30103: "p50", 1.0: "p90", 2.0: "p99", 3.0: "p99.9"}


def distributions(
    quantiles: pd.DataFrame, looks: Mapping[str, Look], palette: Palette, marks: Mapping[str, float]
) -> alt.LayerChart:
    """Latency by percentile, one line per policy, from the fastest call to p99.9; both axes logarithmic.

    `quantiles` has policy, quantile (0 to 1) and value_s; `marks` are latency limits in seconds. A line ends where
    failed calls reach the percentile.
    """
    visible = quantiles[quantiles["quantile"].between(0.02, 0.9991) & (quantiles["value_s"] > 0)]
    chart = (
        alt.Chart(visible.rename(columns={"value_s": "value"})[["policy", "quantile", "value"]])
        .transform_calculate(nines="-log(1 - datum.quantile) / LN10")
        .mark_line(strokeWidth=2.25, clip=True)
        .encode(
            x=alt.X(
                "nines:Q",
                title="this share of the calls was at least as fast",
                scale=alt.Scale(domain=[0, 3], nice=False),
                axis=alt.Axis(values=list(NINES), labelExpr=_nines_label(), grid=True, labelFlush=True),
            ),
            y=log_duration([*visible["value_s"], *marks.values()]),
            **colour_and_dash("policy", looks),
            tooltip=[
                "policy",
                alt.Tooltip("quantile:Q", title="percentile", format=".2%"),
                alt.Tooltip("value:Q", title="latency, s", format=".4f"),
            ],
        )
    )
    layered = alt.LayerChart(layer=[chart, *limits(marks, palette)])
    title = alt.TitleParams(
        "Latency by percentile (both axes logarithmic)", subtitle="A line ends where failed calls begin."
    )
    return layered.properties(height=380, title=title)


def overlaid(
    seconds: pd.DataFrame, looks: Mapping[str, Look], behind: Backdrop, marks: Mapping[str, float]
) -> list[alt.LayerChart]:
    """Goodput, error ratio and p99 over time, one line per policy. `seconds` is per_second plus `policy`."""

    def panel(column: str, tooltip: tuple[str, str], y: alt.Y) -> alt.Chart:
        long = seconds.rename(columns={"policy": "series", column: "value"})
        legend = column == "goodput"
        return lines(long, looks, tooltip, legend=legend).encode(x=behind.x(labelled=False), y=y)

    goodput = panel("goodput", ("calls/s", ".0f"), alt.Y("value:Q", title=None))
    share = alt.Y("value:Q", axis=alt.Axis(title=None, format="~%", tickCount=3))
    failed = panel("error_ratio", ("calls failed", ".2%"), share)
    slow = log_duration([*seconds["p99_s"].dropna(), *marks.values()])
    long = seconds.rename(columns={"policy": "series", "p99_s": "value"})
    line, *late = percentiles(long, looks, "p99, s", legend=False)
    p99 = [line.encode(x=behind.x(), y=slow), *(mark.encode(x=behind.x()) for mark in late)]
    return [
        behind.behind(goodput).properties(height=200, title="Goodput, calls per second"),
        behind.behind(failed, labels=False).properties(height=130, title="Share of calls that failed"),
        behind.behind(*p99, *limits(marks, behind.palette), labels=False).properties(
            height=270, title=marked_title("Latency p99 (log scale)", long["value"])
        ),
    ]


def _nines_label() -> str:
    pairs = [f"abs(datum.value - {at}) < 0.01 ? '{name}' : " for at, name in NINES.items()]
    return "".join(pairs) + "''"
