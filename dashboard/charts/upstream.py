"""The upstream's own view: what reached it, how busy it was, and what it did for clients that had left."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import ABOVE_RIGHT, Backdrop, lines, log_duration, text_with_halo, texts
from dashboard.data.upstream_frames import RESULTS
from dashboard.theme.palette import dash


def upstream(served: pd.DataFrame, workers: int | None, behind: Backdrop) -> list[alt.LayerChart]:
    """Three panels: attempts by what became of them, workers busy against workers there are, queue wait.

    `served` has at_s, end_s, a rate per second for each of RESULTS, busy, queue_wait_s and longest_wait_s.
    """
    return [_results(served, behind), _busy(served, workers, behind), _queue(served, behind)]


def _results(served: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    palette = behind.palette
    long = served.melt(["at_s", "end_s"], list(RESULTS), "result", "attempts")
    long["place"] = long["result"].map({result: i for i, result in enumerate(RESULTS)})
    colours = [palette.part("blue"), palette.bad, palette.part("purple")]
    bars = (
        alt.Chart(long[long["attempts"] > 0])
        .mark_bar(stroke=palette.ground, strokeWidth=0.5, clip=True)
        .encode(
            x=behind.x(labelled=False).bin("binned"),
            x2="end_s:Q",
            y=alt.Y("attempts:Q", title=None, stack="zero", axis=alt.Axis(format="~r")),
            color=alt.Color(
                "result:N",
                title=None,
                scale=alt.Scale(domain=list(RESULTS), range=colours),
                legend=alt.Legend(symbolType="square", symbolStrokeWidth=0),
            ),
            order=alt.Order("place:Q"),
            tooltip=["result", alt.Tooltip("at_s:Q", title="second", format=".0f"), "attempts"],
        )
    )
    return behind.behind(bars).properties(height=200, title="Attempts that ended at the upstream, per second")


def _busy(served: pd.DataFrame, workers: int | None, behind: Backdrop) -> alt.LayerChart:
    line = (
        alt.Chart(served[["at_s", "busy"]])
        .mark_line(color=behind.palette.series_1, strokeWidth=2, clip=True)
        .encode(
            x=behind.x(labelled=False),
            y=alt.Y("busy:Q", title=None, scale=alt.Scale(zero=True)),
        )
    )
    values = texts(served, {"workers busy": ("busy", "workers")})
    layers: list[alt.Chart | alt.LayerChart] = [line]
    if workers is not None:
        size = pd.DataFrame({"workers": [workers], "label": [f"{workers} workers"]})
        base, colour = alt.Chart(size).encode(y="workers:Q"), behind.palette.limit
        layers.append(base.mark_rule(color=colour, strokeDash=[6, 4], strokeWidth=1.5))
        text = base.encode(x=alt.value("width"), text="label:N")
        layers += text_with_halo(text, behind.palette, colour, ABOVE_RIGHT)
    return behind.behind(*layers, labels=False, values=values).properties(
        height=140, title="Workers busy, mean of each second"
    )


def _queue(served: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    names = {"queue_wait_s": "mean", "longest_wait_s": "longest"}
    long = served.melt("at_s", list(names), "series", "value").replace({"series": names})
    long["value"] = long["value"].where(long["value"] > 0)
    looks = {"mean": (behind.palette.series_1, dash(0)), "longest": (behind.palette.series_2, dash(1))}
    chart = lines(long, looks, ("wait, s", ".4f")).encode(x=behind.x(), y=log_duration(long["value"]))
    values = texts(served, {"mean wait": ("queue_wait_s", "s"), "longest wait": ("longest_wait_s", "s")})
    return behind.behind(chart, labels=False, values=values).properties(
        height=210, title="Wait in the upstream's queue (log scale)"
    )


def upstream_sentence(served: pd.DataFrame) -> str:
    """One sentence about the work for clients that had disconnected."""
    total, wasted = float(served["busy"].sum()), float(served["busy_for_disconnected"].sum())
    if total <= 0:
        return "The upstream recorded no attempt."
    left = f"{wasted / total:.0%} of the upstream's work was for clients that had already disconnected"
    return f"{left}." if wasted else "Every attempt's client was still connected when its response was sent."
