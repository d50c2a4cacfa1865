"""Charts as the specification, the SVG and the rows that tests read."""

from __future__ import annotations

import re
from typing import Any

import vl_convert
from altair.typing import ChartType

from dashboard.theme.palette import LIGHT, styled


def spec(chart: ChartType) -> dict[str, Any]:
    """The chart in the light palette, as Vega-Lite."""
    return styled(chart, LIGHT).to_dict()


def svg(chart: ChartType, width: int = 600) -> str:
    """The chart as SVG text; so many pixels are between its axes."""
    return str(vl_convert.vegalite_to_svg({**spec(chart), "width": width}))


def broken_paths(chart: ChartType) -> int:
    """How many lines and areas of the chart are drawn in more than one piece."""
    paths = re.findall(r'<path[^>]*aria-roledescription="(?:line|area) mark"[^>]*? d="([^"]*)"', svg(chart))
    return sum(path.count("M") > 1 for path in paths)


def rows(chart: ChartType, having: str) -> list[dict[str, Any]]:
    """The rows of the chart's dataset that has a column of this name."""
    return next(found for found in spec(chart)["datasets"].values() if found and having in found[0])
