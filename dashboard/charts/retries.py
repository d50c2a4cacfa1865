"""Retries by reason, and what they did to the load: attempts per call."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from dashboard.charts.time import Backdrop, ceiling, limits, texts

STEPS = (1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)


def retries(
    by_reason: pd.DataFrame, seconds: pd.DataFrame, behind: Backdrop, marks: Mapping[str, float]
) -> list[alt.LayerChart]:
    """Two panels: retries per second by reason (at_s, end_s, reason, retries), and attempts per call.

    `marks` are limits of the amplification.
    """
    return [_by_reason(by_reason, behind), amplification(seconds, behind, marks)]


def _by_reason(by_reason: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    reasons = sorted(by_reason["reason"].unique())
    colours = [behind.palette.series[i % len(behind.palette.series)] for i in range(len(reasons))]
    bars = (
        alt.Chart(by_reason)
        .mark_bar(stroke=behind.palette.ground, strokeWidth=0.5, clip=True)
        .encode(
            x=behind.x(labelled=False).bin("binned"),
            x2="end_s:Q",
            y=alt.Y("retries:Q", title=None, stack="zero"),
            color=alt.Color(
                "reason:N",
                title=None,
                scale=alt.Scale(domain=reasons, range=colours),
                legend=alt.Legend(symbolType="square", symbolStrokeWidth=0),
            ),
            tooltip=["reason", alt.Tooltip("at_s:Q", title="second", format=".0f"), "retries"],
        )
    )
    return behind.behind(bars).properties(height=190, title="Retries per second, by reason")


def none_sentence(*, hedged: bool, own: bool) -> str:
    """Why there is nothing to draw; `own` is for a started service, whose calls may each send several requests."""
    if own:
        return "No request of the service was retried."
    more = "the attempts beyond one per call are hedges" if hedged else "every call had one attempt"
    return f"No call was retried: {more}."


def amplification(seconds: pd.DataFrame, behind: Backdrop, marks: Mapping[str, float]) -> alt.LayerChart:
    """Attempts per call over time; 1 means that no call was retried, less that some calls were not sent at all."""
    lowest = 0 if (seconds["amplification"] < 1).any() else 1
    highest = ceiling([*seconds["amplification"].dropna(), *(v * 1.15 for v in marks.values())], STEPS)
    line = (
        alt.Chart(seconds[["at_s", "amplification"]])
        .mark_line(color=behind.palette.series_1, strokeWidth=2, clip=True)
        .encode(
            x=behind.x(),
            y=alt.Y("amplification:Q", title=None, scale=alt.Scale(domain=[lowest, highest], clamp=True)),
        )
    )
    values = texts(seconds, {"attempts per call": ("amplification", "attempts/call")})
    layered = behind.behind(line, *limits(marks, behind.palette), labels=False, values=values)
    return layered.properties(height=160, title="Attempts per call")
