"""Colours by role, for a light and a dark ground. Hues after Okabe and Ito, safe for colour-blind readers.

No chart relies on a colour alone: series differ in dash and are named where they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import altair as alt
from altair.typing import ChartType

from harness.model.quantities import Hue

FONT = "Inter, 'Source Sans', 'Source Sans Pro', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
Look = tuple[str, list[int]]
"""A colour and a pattern of dashes."""
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (8, 3), (2, 2), (9, 3, 2, 3), (12, 4), (4, 2, 1, 2))


@dataclass(frozen=True, slots=True)
class Palette:
    """One colour per role, as `#rrggbb`; no two roles share one."""

    ink: str
    quiet: str
    line: str
    ground: str
    fault: str
    lever: str
    limit: str
    good: str
    bad: str
    series_1: str
    series_2: str
    series_3: str
    series_4: str
    series_5: str
    series_6: str
    part_grey: str
    part_sand: str
    part_gold: str
    part_orange: str
    part_mint: str
    part_teal: str
    part_blue: str
    part_sky: str
    part_lilac: str
    part_purple: str
    part_green: str
    part_silver: str
    part_rose: str
    part_brown: str
    part_slate: str
    part_coral: str
    part_lime: str

    @property
    def series(self) -> tuple[str, ...]:
        """Colours of policies beside each other, in their order."""
        return (self.series_1, self.series_2, self.series_3, self.series_4, self.series_5, self.series_6)

    def part(self, hue: Hue) -> str:
        """The colour of a part of a call's latency."""
        return str(getattr(self, f"part_{hue}"))

    def roles(self) -> dict[str, str]:
        """Role to colour."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


LIGHT = Palette(
    ink="#101822", quiet="#5b6673", line="#dfe4ea", ground="#ffffff",
    fault="#b4560f", lever="#5a3fb5", limit="#c2255c", good="#0b7285", bad="#bb3f06",
    series_1="#0072b2", series_2="#d55e00", series_3="#008a64",
    series_4="#a8407f", series_5="#8a6d00", series_6="#4f7cac",
    part_grey="#8a94a0", part_sand="#f2b35e", part_gold="#c2a51c", part_orange="#e07b1f",
    part_mint="#8fd0c3", part_teal="#4aa894",
    part_blue="#2f7fc1", part_sky="#9cc7ec", part_lilac="#c9a0d8", part_purple="#8e3d9c",
    part_green="#6b8f3c", part_silver="#c4cbd3",
    part_rose="#e39aae", part_brown="#9a6b4b", part_slate="#4d5f78", part_coral="#cf6a5d", part_lime="#a3b83a",
)  # fmt: skip

DARK = Palette(
    ink="#e8edf3", quiet="#a3aebb", line="#39434f", ground="#0e1117",
    fault="#f0a35e", lever="#b7a3ff", limit="#ff7fab", good="#4cc9d8", bad="#ff8a4c",
    series_1="#58b4f0", series_2="#ff9440", series_3="#35c79a",
    series_4="#e08fc4", series_5="#e3c244", series_6="#a9c8ee",
    part_grey="#7c8794", part_sand="#f5c27d", part_gold="#d9bf45", part_orange="#e8893a",
    part_mint="#7cc7b8", part_teal="#3f9d89",
    part_blue="#4593d6", part_sky="#a6d0f2", part_lilac="#d3b0e0", part_purple="#a95ab8",
    part_green="#86ad55", part_silver="#b0bac5",
    part_rose="#e8a5b7", part_brown="#b98763", part_slate="#6d83a1", part_coral="#e0857a", part_lime="#bccb5c",
)  # fmt: skip


def dash(index: int) -> list[int]:
    """The dash pattern of series number `index`."""
    return list(DASHES[index % len(DASHES)])


def series_looks(
    names: Sequence[str], palette: Palette, policies: Sequence[str] = (), order: Sequence[str] = ()
) -> dict[str, Look]:
    """The colour and the dash of each name, the same on every chart that shows the same names.

    `policies` has the policy of each name, by default the name itself; the runs of one policy share its colour and
    differ in dash. A policy's colour is that of its place in `order`, by default the order in which they appear, so one
    `order` on all pages gives a policy one colour on all of them.
    """
    of = list(policies) or list(names)
    places = {policy: place for place, policy in enumerate(dict.fromkeys([*order, *of]))}
    found: dict[str, Look] = {}
    for number, (name, policy) in enumerate(zip(names, of, strict=True)):
        place, earlier = places[policy], of[:number].count(policy)
        colours = len(palette.series)
        found[name] = (palette.series[place % colours], dash(place + place // colours + earlier))
    return found


def config(palette: Palette) -> dict[str, Any]:
    """Vega-Lite's `config` for a palette. Y axes of one extent keep charts aligned."""
    text = {"labelColor": palette.quiet, "titleColor": palette.quiet, "labelFont": FONT, "titleFont": FONT}
    return {
        "background": "transparent",
        "autosize": {"type": "fit", "contains": "padding"},
        "font": FONT,
        "view": {"stroke": None, "continuousHeight": 150},
        "axis": {
            **text, "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal",
            "gridColor": palette.line, "domainColor": palette.line, "tickColor": palette.line,
            "gridOpacity": 0.8,
        },
        "axisX": {"grid": False, "tickSize": 4},
        "axisY": {
            "domain": False, "ticks": False, "minExtent": 54, "maxExtent": 54, "tickCount": 5,
        },
        "legend": {
            **text, "orient": "top", "labelFontSize": 12, "symbolStrokeWidth": 2.5, "symbolSize": 220,
            "padding": 0, "offset": 8, "labelLimit": 260, "columnPadding": 16,
        },
        "title": {
            "color": palette.ink, "font": FONT, "fontSize": 12.5, "fontWeight": 600, "anchor": "start",
            "frame": "bounds",
            "subtitleColor": palette.quiet, "subtitleFont": FONT, "subtitleFontSize": 11.5, "offset": 8,
        },
        "text": {"font": FONT},
    }  # fmt: skip


def styled(chart: ChartType, palette: Palette) -> ChartType:
    """The chart in a palette's clothes."""
    dressed = chart.copy(deep=False)
    dressed.config = _config(palette)
    return dressed


@cache
def _config(palette: Palette) -> alt.Config:
    return alt.Config.from_dict(config(palette))
