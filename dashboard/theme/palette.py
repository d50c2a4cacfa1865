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

FONT = "Inter, 'Source Sans', 'Source Sans Pro', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
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
    part_lag: str
    part_thread: str
    part_throttle: str
    part_pool: str
    part_connect: str
    part_tls: str
    part_upstream: str
    part_body: str
    part_backoff: str
    part_held: str
    part_drain: str
    part_other: str

    @property
    def series(self) -> tuple[str, ...]:
        """Colours of policies beside each other, in their order."""
        return (self.series_1, self.series_2, self.series_3, self.series_4, self.series_5, self.series_6)

    def roles(self) -> dict[str, str]:
        """Role to colour."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


LIGHT = Palette(
    ink="#1b2430", quiet="#5b6673", line="#dfe4ea", ground="#ffffff",
    fault="#b4560f", lever="#5a3fb5", limit="#c2255c", good="#0b7285", bad="#c9460b",
    series_1="#0072b2", series_2="#d55e00", series_3="#008a64",
    series_4="#a8407f", series_5="#8a6d00", series_6="#4f7cac",
    part_lag="#8a94a0", part_thread="#f2b35e", part_throttle="#c2a51c", part_pool="#e07b1f",
    part_connect="#8fd0c3", part_tls="#4aa894",
    part_upstream="#2f7fc1", part_body="#9cc7ec", part_backoff="#c9a0d8", part_held="#8e3d9c",
    part_drain="#6b8f3c", part_other="#c4cbd3",
)  # fmt: skip

DARK = Palette(
    ink="#e8edf3", quiet="#a3aebb", line="#39434f", ground="#0e1117",
    fault="#f0a35e", lever="#b7a3ff", limit="#ff7fab", good="#4cc9d8", bad="#ff8a4c",
    series_1="#58b4f0", series_2="#ff9440", series_3="#35c79a",
    series_4="#e08fc4", series_5="#e3c244", series_6="#a9c8ee",
    part_lag="#7c8794", part_thread="#f5c27d", part_throttle="#d9bf45", part_pool="#e8893a",
    part_connect="#7cc7b8", part_tls="#3f9d89",
    part_upstream="#4593d6", part_body="#a6d0f2", part_backoff="#d3b0e0", part_held="#a95ab8",
    part_drain="#86ad55", part_other="#b0bac5",
)  # fmt: skip


def dash(index: int) -> list[int]:
    """The dash pattern of series number `index`."""
    return list(DASHES[index % len(DASHES)])


def series_looks(names: Sequence[str], palette: Palette) -> dict[str, tuple[str, list[int]]]:
    """The colour and the dash of each name, the same on every chart that shows the same names in order."""
    return {name: (palette.series[i % len(palette.series)], dash(i)) for i, name in enumerate(names)}


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
