"""The load line: a policy's bands along the arrival rate, and the trials that they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.time import Layer, text_with_halo
from dashboard.data.range_frames import OUTCOMES, TRIGGERED
from dashboard.theme.palette import Palette

BANDS = ("stable", "vulnerable", "untested", "overloaded")
THICKNESS = {"stable": 26, "vulnerable": 18, "untested": 18, "overloaded": 8}
SHAPES = ("circle", "cross", "triangle-up")
ROW_PX, LANE_PX, AROUND_PX = 70, 16, 90
EDGE = 1.6
LEAST_TIMES, MOST_TIMES = 0.01, 100.0


def overview(
    bands: pd.DataFrame, peaks: Mapping[str, float], until: float, palette: Palette
) -> alt.LayerChart:
    """Policies under each other, each as a line whose stretches differ in colour and in thickness.

    `bands` is `range_frames.bands` with a column `policy`; `peaks` are expected peaks by what to call them.
    """
    policies = list(dict.fromkeys(bands["policy"]))
    y = alt.Y("policy:N", sort=policies, axis=_blank(), scale=alt.Scale(paddingOuter=0.25))
    base = alt.Chart(bands).encode(
        x=_rate("from_per_s", until),
        x2="to_per_s:Q",
        y=y,
        tooltip=["policy:N", alt.Tooltip("label:N", title="band"), alt.Tooltip("meaning:N")],
    )
    layers: list[Layer] = [
        base.transform_filter(f"datum.band === '{band}'")
        .mark_bar(size=THICKNESS[band], clip=True)
        .encode(color=_colours(bands, palette))
        for band in BANDS
        if (bands["band"] == band).any()
    ]
    look = {"align": "left", "baseline": "bottom", "dy": -15, "dx": 2}
    names = alt.Chart(bands.drop_duplicates("policy").assign(start=0.0))
    named = names.encode(x=_rate("start", until), y=y, text="policy:N")
    ends = alt.Chart(bands[bands["ends"] != ""]).encode(x=_rate("to_per_s", until), y=y, text="ends:N")
    layers += text_with_halo(named, palette, palette.ink, look)
    layers += text_with_halo(ends, palette, palette.quiet, {"align": "right", "baseline": "top", "dy": 15})
    layers += _peaks(peaks, palette, above=True)
    height = ROW_PX * len(policies) + AROUND_PX
    return alt.LayerChart(layer=layers).properties(height=height, title="Safe operating range of each policy")


def load_line(
    trials: pd.DataFrame, bands: pd.DataFrame, peaks: Mapping[str, float], until: float, palette: Palette
) -> alt.LayerChart:
    """Trials as points with 95% intervals over the bands; above the rule at 1 the SLO breaks.

    `trials` and `bands` are those of dashboard.data.range_frames. Trials at rates beyond `until` are not drawn.
    """
    clipped = trials.copy()
    for column in ("times", "low", "high"):
        clipped[column] = clipped[column].clip(LEAST_TIMES, MOST_TIMES)
    base = alt.Chart(clipped).encode(
        x=_rate("rate_per_s", until),
        tooltip=[
            alt.Tooltip("number:Q", title="trial"),
            "purpose:N",
            alt.Tooltip("rate_per_s:Q", title="rate, /s", format=".1f"),
            "outcome:N",
            "measured:N",
            alt.Tooltip("n:Q", format=","),
            alt.Tooltip("load_s:Q", title="load, s", format=".0f"),
        ],
    )
    whisker = base.mark_rule(color=palette.quiet, strokeWidth=1.5, clip=True).encode(
        y=_times(clipped), y2="high:Q"
    )
    point = base.mark_point(filled=True, size=90, opacity=1, clip=True).encode(
        y=alt.Y("times:Q"), **_colour_and_shape(clipped, OUTCOMES, palette)
    )
    limit = alt.Chart(pd.DataFrame({"times": [1.0], "label": ["the SLO's limit"]})).encode(y="times:Q")
    rule = limit.mark_rule(color=palette.limit, strokeDash=[6, 4], strokeWidth=1.5)
    look = {"align": "right", "baseline": "bottom", "dx": -4, "dy": -3}
    text = text_with_halo(limit.encode(x=alt.value("width"), text="label:N"), palette, palette.limit, look)
    layers = [*_behind(bands, until, palette), rule, whisker, point, *text, *_peaks(peaks, palette)]
    title = "Bad calls, as a multiple of what the SLO allows (log scale)"
    return alt.LayerChart(layer=layers).properties(height=330, title=title)


def trigger_lane(triggers: pd.DataFrame, until: float, palette: Palette) -> alt.LayerChart:
    """Trigger tests along the same rates: where the client recovered, and where it did not."""
    looks = (*TRIGGERED, OUTCOMES[2])
    point = (
        alt.Chart(triggers)
        .mark_point(filled=True, size=110, opacity=1, clip=True)
        .encode(
            x=_rate("rate_per_s", until),
            y=alt.Y("outcome:N", sort=list(looks), axis=_blank()),
            **_colour_and_shape(triggers, looks, palette),
            tooltip=[
                alt.Tooltip("number:Q", title="trial"),
                alt.Tooltip("rate_per_s:Q", title="rate, /s", format=".1f"),
                "outcome:N",
                "measured:N",
            ],
        )
    )
    return alt.LayerChart(layer=[point]).properties(height=AROUND_PX + 45, title="Trigger tests")


def bracket_chart(steps: pd.DataFrame, until: float, palette: Palette) -> alt.LayerChart:
    """After each trial, the interval of rates that holds the boundary with 90% confidence."""
    y = alt.Y("number:O", title=None, axis=alt.Axis(grid=False, labelExpr="'trial ' + datum.value"))
    tooltip = [
        alt.Tooltip("number:O", title="after trial"),
        alt.Tooltip("low:Q", title="from, /s", format=".0f"),
        alt.Tooltip("high:Q", title="to, /s", format=".0f"),
        alt.Tooltip("rate_per_s:Q", title="tried, /s", format=".0f"),
    ]
    base = alt.Chart(steps).encode(y=y, tooltip=tooltip)
    bar = base.mark_bar(size=9, color=palette.series_1, opacity=0.55, clip=True)
    tried = base.mark_tick(color=palette.ink, thickness=2.5, size=15, clip=True).encode(
        x=_rate("rate_per_s", until)
    )
    layers = [bar.encode(x=_rate("low", until), x2="high:Q"), tried]
    title = alt.TitleParams(
        "Estimated boundary after each trial",
        subtitle="bar: the 90% interval of the boundary; tick: the rate of the trial",
    )
    return alt.LayerChart(layer=layers).properties(height=AROUND_PX + 18 * len(steps), title=title)


def _behind(bands: pd.DataFrame, until: float, palette: Palette) -> list[Layer]:
    """Bands as coloured ground, each named in a lane of its own; the last ones from the right."""
    layers: list[Layer] = []
    for row, (band, start) in enumerate(zip(bands["band"], bands["from_per_s"], strict=True)):
        base = alt.Chart(bands[bands["band"] == band]).encode(tooltip=["label:N", "meaning:N"])
        area = base.mark_rect(opacity=0.16, clip=True, color=colour_of(band, palette))
        layers.append(area.encode(x=_rate("from_per_s", until), x2="to_per_s:Q"))
        right = start > until / 2
        place = alt.X("to_per_s:Q") if right else alt.X("from_per_s:Q")
        look = {"align": "right" if right else "left", "baseline": "top", "dx": -5 if right else 5}
        label = base.encode(x=place, y=alt.value(4 + row * LANE_PX), text="label:N")
        layers += text_with_halo(label, palette, colour_of(band, palette), look)
    return layers


def colour_of(band: str, palette: Palette) -> str:
    """A band's colour; it never stands without its name."""
    return {
        "stable": palette.good,
        "vulnerable": palette.series_5,
        "untested": palette.series_6,
        "overloaded": palette.bad,
    }[band]


def _peaks(peaks: Mapping[str, float], palette: Palette, *, above: bool = False) -> list[alt.Chart]:
    """Rules at expected peaks, each named in words at its foot, or above it."""
    if not peaks:
        return []
    frame = pd.DataFrame({"rate": list(peaks.values()), "label": list(peaks)})
    base = alt.Chart(frame).encode(x="rate:Q", tooltip=["label:N"])
    rule = base.mark_rule(color=palette.lever, strokeDash=[3, 3], strokeWidth=2, clip=True)
    place, baseline, down_px = (0, "top", 0) if above else ("height", "bottom", -5)
    look = {"align": "left", "baseline": baseline, "dx": 5, "dy": down_px}
    named = base.encode(y=alt.value(place), text="label:N")
    return [rule, *text_with_halo(named, palette, palette.lever, look)]


def _rate(column: str, until: float) -> alt.X:
    return alt.X(
        f"{column}:Q",
        scale=alt.Scale(domain=[0, until], nice=False),
        axis=alt.Axis(title="arrival rate, journeys per second", tickCount=10, labelFlush=True),
    )


def _times(clipped: pd.DataFrame) -> alt.Y:
    """A log axis of whole decades around the intervals and 1."""
    seen = [*clipped["low"], *clipped["high"], 1.0]
    low = max(LEAST_TIMES, 10.0 ** floor(log10(max(min(seen), LEAST_TIMES))))
    high = min(MOST_TIMES, max(10.0, 10.0 ** ceil(log10(max(seen)))))
    scale = alt.Scale(type="log", domain=[low / EDGE, high * EDGE], nice=False, clamp=True)
    values = [v for e in range(-2, 3) if low <= (v := 10.0**e) <= high]
    return alt.Y(
        "low:Q", scale=scale, axis=alt.Axis(title=None, values=values, labelExpr="datum.value + ' ×'")
    )


def _colours(bands: pd.DataFrame, palette: Palette) -> alt.Color:
    seen = [band for band in BANDS if (bands["band"] == band).any()]
    scale = alt.Scale(domain=seen, range=[colour_of(band, palette) for band in seen])
    return alt.Color("band:N", title=None, scale=scale, legend=alt.Legend(symbolType="square"))


def _colour_and_shape(points: pd.DataFrame, names: tuple[str, ...], palette: Palette) -> dict[str, Any]:
    """Colour and shape of each outcome that occurs: of `names` the first is good, the second bad, the third invalid."""
    looks = zip(names, (palette.good, palette.bad, palette.quiet), SHAPES, strict=True)
    seen = [look for look in looks if (points["outcome"] == look[0]).any()]
    domain = [name for name, _, _ in seen]
    colours = alt.Scale(domain=domain, range=[colour for _, colour, _ in seen])
    shapes = alt.Scale(domain=domain, range=[shape for _, _, shape in seen])
    return {
        "color": alt.Color("outcome:N", title=None, scale=colours),
        "shape": alt.Shape("outcome:N", title=None, scale=shapes),
    }


def _blank() -> alt.Axis:
    return alt.Axis(title=None, labels=False, ticks=False, domain=False, grid=False)
