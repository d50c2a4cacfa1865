"""One call as a waterfall: a line for the call, one for each attempt, and the upstream's below each attempt."""

from __future__ import annotations

from math import ceil

import altair as alt
import pandas as pd

from dashboard.charts.time import DURATION, Backdrop, text_with_halo
from dashboard.theme.palette import Palette
from harness.analyse.measure.waterfall import Lane, Waterfall
from harness.model.formatting import format_value

LANE_PX, BAR_PX = 38, 15
AXIS_PX, LEGEND_PX, LEGEND_COLUMNS = 46, 17, 2
"""What the axis with its title takes below the lanes, and each row of the legend."""
SHOWN_BEYOND = 1.0
"""How far the axis may go on after the call's end, as a share of its latency, to show what the upstream did then."""
NAMED_SHARE, TIMED_SHARE, THINNEST_SHARE = 0.3, 0.1, 0.002
"""Shares of the axis: from the first on a bar has its name and duration on it, from the second its duration alone;
a thinner one than the third is drawn as wide as that, so that it can be seen."""


def waterfall_chart(found: Waterfall, active: pd.DataFrame, palette: Palette) -> alt.LayerChart:
    """The lanes from top to bottom over seconds since the call's scheduled start.

    `active` are the spans of faults and levers (dashboard.data.event_spans) in the same seconds.
    """
    until_s = shown_until_s(found)
    bars = _bars(found, until_s)
    behind = Backdrop(active[(active["end_s"] >= 0) & (active["start_s"] <= until_s)], until_s, palette)
    names = bars.drop_duplicates("part")
    drawn = (
        alt.Chart(bars)
        .mark_bar(size=BAR_PX, yOffset=LANE_PX * 0.2, clip=True)
        .encode(
            x=_x(until_s),
            x2="end_s:Q",
            y=_y(found),
            color=_colour(names, palette),
            tooltip=[
                alt.Tooltip("lane:N", title="where"),
                alt.Tooltip("part:N", title="what"),
                alt.Tooltip("from:N", title="starts at"),
                alt.Tooltip("took:N", title="duration"),
            ],
        )
    )
    layers = [
        _end(found, palette),
        drawn,
        *_labels(bars, found, palette),
        *_captions(found, until_s, palette),
    ]
    below_px = AXIS_PX + LEGEND_PX * ceil(len(names) / LEGEND_COLUMNS)
    return behind.behind(*layers, labels=False).properties(height=LANE_PX * len(found.lanes) + below_px)


def _colour(names: pd.DataFrame, palette: Palette) -> alt.Color:
    """A colour for each part, with a legend below the chart that fits on a phone."""
    legend = alt.Legend(
        orient="bottom", columns=LEGEND_COLUMNS, columnPadding=8, labelFontSize=11,
        symbolType="square", symbolSize=110, symbolStrokeWidth=0,
    )  # fmt: skip
    scale = alt.Scale(domain=list(names["part"]), range=[palette.part(hue) for hue in names["hue"]])
    return alt.Color("part:N", title=None, scale=scale, legend=legend)


def shown_until_s(found: Waterfall) -> float:
    """Where the axis ends: with the last span, or earlier where the upstream went on for very long."""
    return max(min(found.end_s, (1 + SHOWN_BEYOND) * found.latency_s), 1e-6)


def _bars(found: Waterfall, until_s: float) -> pd.DataFrame:
    """One row per span: lane, part, hue, at_s, end_s, and what a tooltip says."""
    rows = [
        {
            "lane": lane.title,
            "part": span.title,
            "hue": span.hue,
            "at_s": span.begin_s,
            "end_s": max(span.end_s, span.begin_s + THINNEST_SHARE * until_s),
            "middle_s": (span.begin_s + min(span.end_s, until_s)) / 2,
            "share": (min(span.end_s, until_s) - span.begin_s) / until_s,
            "from": format_value(span.begin_s, "s"),
            "took": format_value(span.seconds, "s"),
        }
        for lane in found.lanes
        for span in lane.spans
        if span.begin_s < until_s
    ]
    columns = ["lane", "part", "hue", "at_s", "end_s", "middle_s", "share", "from", "took"]
    return pd.DataFrame(rows, columns=columns)


def _x(until_s: float) -> alt.X:
    axis = alt.Axis(title="since the scheduled start", labelExpr=DURATION, tickCount=6, labelFlush=True)
    return alt.X("at_s:Q", scale=alt.Scale(domain=[0, until_s], nice=False), axis=axis)


def _y(found: Waterfall) -> alt.Y:
    return alt.Y("lane:N", sort=[lane.title for lane in found.lanes], axis=None)


def _labels(bars: pd.DataFrame, found: Waterfall, palette: Palette) -> list[alt.Chart]:
    """Names and durations on bars that are wide enough."""
    wide = bars[bars["share"] >= TIMED_SHARE]
    named = wide["part"] + " " + wide["took"]
    text = alt.Chart(wide.assign(text=named.where(wide["share"] >= NAMED_SHARE, wide["took"])))
    placed = text.encode(x="middle_s:Q", y=_y(found), text="text:N")
    return text_with_halo(placed, palette, palette.ink, {"dy": LANE_PX * 0.2, "fontSize": 10.5, "clip": True})


def _captions(found: Waterfall, until_s: float, palette: Palette) -> list[alt.Chart]:
    """What each lane is and how it ended, above its bars; in the colour of faults where one hit it."""
    layers: list[alt.Chart] = []
    for hit, colour in ((True, palette.fault), (False, palette.quiet)):
        for right in (False, True):
            rows = [
                {"lane": lane.title, "place_s": place_s, "text": lane.caption}
                for lane in found.lanes
                for place_s, on_right in (_place(lane, until_s),)
                if bool(lane.faults) == hit and on_right == right
            ]
            if rows:
                text = alt.Chart(pd.DataFrame(rows)).encode(x="place_s:Q", y=_y(found), text="text:N")
                look = {
                    "dy": -LANE_PX * 0.24,
                    "align": "right" if right else "left",
                    "fontSize": 11.5,
                    "clip": True,
                }
                layers += text_with_halo(text, palette, colour, look)
    return layers


def _place(lane: Lane, until_s: float) -> tuple[float, bool]:
    """Where a lane's caption is written: from its start to the right, or from its end to the left if that is late."""
    begin_s = min((span.begin_s for span in lane.spans), default=0.0)
    end_s = min(max((span.end_s for span in lane.spans), default=0.0), until_s)
    return (end_s, True) if begin_s > until_s / 2 else (begin_s, False)


def _end(found: Waterfall, palette: Palette) -> alt.Chart:
    """A line where the call ended."""
    at = alt.Chart(pd.DataFrame({"at_s": [found.latency_s]})).encode(x="at_s:Q")
    rule: alt.Chart = at.mark_rule(color=palette.limit, strokeDash=[6, 4], strokeWidth=1.5)
    return rule
