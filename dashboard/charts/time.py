"""What charts over time share: the axis of seconds, the axis of durations, limits, and bands of faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor, inf, log10
from typing import Any

import altair as alt
import pandas as pd

from dashboard.data.run_frames import RunFrames
from dashboard.theme.palette import Look, Palette
from harness.model.formatting import NOT_REACHED, format_value

DURATION = (
    "datum.value < 0.001 ? format(datum.value * 1e6, '~g') + ' µs' : "
    "datum.value < 1 ? format(datum.value * 1e3, '~g') + ' ms' : format(datum.value, '~g') + ' s'"
)
LANE_PX = 15
PHONE_PX = 520
LONG_NAMES = 36
"""Letters of all names in a legend that have no room beside each other on a phone."""

Layer = alt.Chart | alt.LayerChart


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What lies behind every time chart of a run: its faults, levers and notes, its length, its colours.

    `spans` is the frame of data.event_spans; the time axis is from `from_s` to `until_s`, in seconds.
    """

    spans: pd.DataFrame
    until_s: float
    palette: Palette
    from_s: float = 0.0

    def x(self, *, labelled: bool = True) -> alt.X:
        """The time axis, the same on every chart of a run; in a stack only the lowest is labelled."""
        title = "seconds since the run's start" if labelled else None
        return alt.X(
            "at_s:Q",
            scale=self._scale,
            axis=alt.Axis(title=title, labels=labelled, tickCount=10, labelFlush=True),
        )

    @property
    def _scale(self) -> alt.Scale:
        """The same for each layer: one that begins at zero would move the axis of all."""
        return alt.Scale(domain=[self.from_s, max(self.until_s, self.from_s + 1.0)], nice=False, zero=False)

    def behind(
        self, *charts: Layer, labels: bool = True, values: pd.DataFrame | None = None
    ) -> alt.LayerChart:
        """The charts on top of bands for faults and rules for levers and notes, each named in words if `labels`.

        `values` has the tooltip of each second, wherever the pointer is in it: at_s, and a column of texts by name.
        """
        under: list[Layer] = []
        over: list[Layer] = []
        kinds = {"fault": self.palette.fault, "lever": self.palette.lever, "note": self.palette.ink}
        for kind, colour in kinds.items():
            of_kind = self.spans[self.spans["kind"] == kind]
            if of_kind.empty:
                continue
            tooltip = [
                alt.Tooltip("label:N", title=kind),
                alt.Tooltip("start_s:Q", title="from, s", format=".1f"),
                alt.Tooltip("end_s:Q", title="to, s", format=".1f"),
            ]
            base = alt.Chart(of_kind).encode(x=alt.X("start_s:Q", scale=self._scale), tooltip=tooltip)
            under.append(
                base.mark_rect(opacity=0.13, clip=True, color=colour, aria=False).encode(x2="end_s:Q")
            )
            under.append(base.mark_rule(strokeDash=[4, 3], clip=True, color=colour, aria=False))
            for row in sorted(of_kind["row"].unique()) if labels else ():
                lane = base.transform_filter(f"datum.row === {row}").encode(y=alt.value(0), text="label:N")
                look = {"align": "left", "baseline": "top", "dx": 5, "dy": 3 + row * LANE_PX}
                over += text_with_halo(lane, self.palette, colour, look)
        tooltips = [] if values is None or values.empty else [self._tooltips(values)]
        return alt.LayerChart(layer=[*under, *charts, *over, *tooltips])

    def _tooltips(self, values: pd.DataFrame) -> alt.Chart:
        """Invisible bars over the whole height: the tooltip of a second, with the faults that were active in it."""
        at_s = values["at_s"]
        end_s = at_s + (float(at_s.diff().min()) if len(at_s) > 1 else 1.0)
        names = [name for name in values.columns if name != "at_s"]
        faults = self.spans[self.spans["kind"] == "fault"]
        active = [
            ", ".join(faults.loc[(faults["start_s"] < end) & (faults["end_s"] > at), "label"])
            for at, end in zip(at_s, end_s, strict=True)
        ]
        shown = values.assign(end_s=end_s, **({} if faults.empty else {"fault": active}))
        tooltip = [alt.Tooltip("at_s:Q", title="second", format=".0f")]
        tooltip += [
            alt.Tooltip(f"{name}:N", title=name) for name in (*names, *(["fault"] if len(faults) else []))
        ]
        bars = alt.Chart(shown).mark_rect(opacity=0, clip=True, aria=False)
        drawn: alt.Chart = bars.encode(x=alt.X("at_s:Q", scale=self._scale), x2="end_s:Q", tooltip=tooltip)
        return drawn


def backdrop_of(frames: RunFrames, palette: Palette) -> Backdrop:
    """What lies behind the time charts of one run."""
    return Backdrop(frames.spans, frames.until_s, palette, frames.from_s)


def log_duration(values: Iterable[float]) -> alt.Y:
    """A log axis of seconds from tick to tick around the values, labelled at 1, 3, 10, 30 … ms.

    A value of 0 can't be drawn on it; the axis starts at 10 µs at the lowest. An infinite one does not move it. Ends
    that are ticks seldom move while a run is live.
    """
    positive = [v for v in values if 0 < v < inf] or [0.001, 1.0]
    low = max(min(positive), 1e-5)
    high = max(*positive, low * 3)
    steps = [round(m * 10.0**e, 9) for e in range(floor(log10(low)), ceil(log10(high)) + 1) for m in (1, 3)]
    ends = [max(t for t in steps if t <= low), min([t for t in steps if t >= high] or [steps[-1]])]
    ticks = [t for t in steps if ends[0] <= t <= ends[1]]
    labelled = ticks if len(ticks) <= 8 else [t for t in ticks if log10(t) % 1 < 0.1]
    scale = alt.Scale(type="log", domain=ends, nice=False, clamp=True)
    axis = alt.Axis(title=None, labelExpr=DURATION, values=labelled, labelOverlap=False)
    return alt.Y("value:Q", scale=scale, axis=axis)


def ceiling(values: Iterable[float], steps: Iterable[float]) -> float:
    """The first step that no value exceeds, so that an axis seldom moves while a run is live."""
    highest = max(values, default=0.0)
    return next((step for step in steps if step >= highest), highest * 1.1)


def limits(marks: Mapping[str, float], palette: Palette) -> list[alt.Chart]:
    """Dashed rules at an SLO's limits, each with its threshold in words; in the y axis's unit."""
    if not marks:
        return []
    frame = pd.DataFrame({"limit": list(marks.values()), "threshold": list(marks)})
    base = alt.Chart(frame).encode(y=alt.Y("limit:Q"), tooltip=["threshold"])
    rule = base.mark_rule(color=palette.limit, strokeDash=[6, 4], strokeWidth=1.5)
    text = base.encode(x=alt.value("width"), text="threshold:N")
    return [rule, *text_with_halo(text, palette, palette.limit, ABOVE_RIGHT)]


ABOVE_RIGHT = {"align": "right", "baseline": "bottom", "dx": -4, "dy": -3}
BELOW_RIGHT = {"align": "right", "baseline": "top", "dx": -4, "dy": 3}


def text_with_halo(
    text: alt.Chart, palette: Palette, colour: str, look: Mapping[str, Any] | None = None
) -> list[alt.Chart]:
    """Text with a halo in the ground's colour, so that it can be read on top of lines and areas."""
    style: dict[str, Any] = {"fontSize": 11, "fontWeight": 600, "aria": False, **(look or {})}
    halo = text.mark_text(stroke=palette.ground, strokeWidth=3.5, strokeJoin="round", opacity=0.85, **style)
    return [halo, text.mark_text(color=colour, **style)]


def texts(frame: pd.DataFrame, columns: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """For the tooltip of each second: at_s, and by title a column of values in their unit; "–" for an unknown one.

    `columns` maps a title to the column and its unit.
    """
    found = {
        title: [format_value(None if pd.isna(value) else value, unit) for value in frame[column]]
        for title, (column, unit) in columns.items()
    }
    return pd.DataFrame({"at_s": frame["at_s"], **found})


def lines(
    long: pd.DataFrame,
    looks: Mapping[str, Look],
    tooltip: tuple[str, str],
    *,
    shape: Any = "linear",
    legend: bool = True,
    detail: str = "",
) -> alt.Chart:
    """One line per name in `looks`, told apart by its colour and dash, in one legend.

    `long` has at_s, series and value; `tooltip` is the value's title and format. A line breaks where a value is NaN, so
    that nothing is drawn between the seconds around. Values of the column `detail` split a line.
    """
    split = {"detail": alt.Detail(f"{detail}:N")} if detail else {}
    chart: alt.Chart = (
        alt.Chart(long[["at_s", "series", "value", *([detail] if detail else [])]])
        .mark_line(strokeWidth=2, clip=True, interpolate=shape)
        .encode(
            **colour_and_dash("series", looks, legend=legend),
            **split,
            tooltip=[
                alt.Tooltip("series:N", title="what"),
                alt.Tooltip("at_s:Q", title="second", format=".0f"),
                alt.Tooltip("value:Q", title=tooltip[0], format=tooltip[1]),
            ],
        )
    )
    return chart


NOT_REACHED_MARK = "▲: not reached, because too many calls failed"


def percentiles(
    long: pd.DataFrame, looks: Mapping[str, Look], title: str, *, legend: bool = True
) -> tuple[alt.Chart, ...]:
    """`lines` of latency percentiles. An infinite one is not reached: a triangle marks it at the upper edge.

    A line breaks where it is not reached, so that nothing is drawn between the seconds around.
    """
    late = long["value"] == inf
    stretch = late.astype(int).groupby(long["series"]).cumsum()
    reached = long.assign(stretch=stretch)[~late]
    drawn = lines(reached, looks, (title, ".3~s"), legend=legend, detail="stretch")
    if not late.any():
        return (drawn,)
    marks = (
        alt.Chart(long.loc[late, ["at_s", "series"]].assign(value=NOT_REACHED))
        .mark_point(shape="triangle-up", filled=True, size=40, opacity=1)
        .encode(
            y=alt.value(5),
            color=colour_and_dash("series", looks, legend=legend)["color"],
            tooltip=[
                alt.Tooltip("series:N", title="what"),
                alt.Tooltip("at_s:Q", title="second", format=".0f"),
                alt.Tooltip("value:N", title=title),
            ],
        )
    )
    return drawn, marks


def marked_title(title: str, values: pd.Series[float]) -> alt.TitleParams:
    """A chart's title, and below it what its triangles mean where it has some: on a phone one line has no room."""
    late = (values == inf).any()
    return alt.TitleParams(title, subtitle=NOT_REACHED_MARK if late else alt.Undefined)


def columns(*, narrow: int, wide: int) -> alt.ExprRef:
    """How many columns a legend has on a phone and elsewhere; 0 is one line."""
    return alt.ExprRef(f"width < {PHONE_PX} ? {narrow} : {wide}")


def colour_and_dash(column: str, looks: Mapping[str, Look], *, legend: bool = True) -> dict[str, Any]:
    """The encodings that give each name its colour and its dash; of several panels one has the legend."""
    names = list(looks)
    long = sum(map(len, names)) > LONG_NAMES
    shown = alt.Legend(columns=columns(narrow=1, wide=0) if long else alt.Undefined) if legend else None
    colours = alt.Scale(domain=names, range=[colour for colour, _ in looks.values()])
    dashes = alt.Scale(domain=names, range=[dash for _, dash in looks.values()])
    return {
        "color": alt.Color(f"{column}:N", title=None, scale=colours, legend=shown),
        "strokeDash": alt.StrokeDash(f"{column}:N", title=None, scale=dashes, legend=shown),
    }
