"""The plots beside `learned.md`, as files of SVG on a light ground."""

from __future__ import annotations

from typing import Any

import pandas as pd
from altair.typing import ChartType

from dashboard.charts.learned import rate_steps, service_distribution
from dashboard.theme.palette import LIGHT, styled
from harness.model.learned import Learned

WIDTH_PX = 760


def learned_plots(learned: Learned) -> dict[str, tuple[str, str]]:
    """File name and SVG of each plot, by its title."""
    return {
        "Arrivals": ("arrivals.svg", _svg(rate_steps(_steps(learned), LIGHT))),
        "Service and response times": ("times.svg", _svg(service_distribution(_points(learned), LIGHT))),
    }


def _steps(learned: Learned) -> pd.DataFrame:
    rates = [*learned.arrivals.rates_per_s, learned.arrivals.rates_per_s[-1]]
    return pd.DataFrame(
        {"at_s": [number * learned.arrivals.step_s for number in range(len(rates))], "rate_per_s": rates}
    )


def _points(learned: Learned) -> pd.DataFrame:
    """The percentiles that have a value; an open side of an interval ends at the value."""
    rows = []
    for each in (*learned.service, *learned.response):
        if each.value is not None:
            ends = {"low_s": each.low, "high_s": each.high}
            known = {side: each.value if bound is None else bound for side, bound in ends.items()}
            rows.append({"name": each.name.replace(".", " "), "at_s": each.value, **known})
    return pd.DataFrame(rows)


def _svg(chart: ChartType) -> str:
    import vl_convert

    spec: dict[str, Any] = styled(chart, LIGHT).to_dict()
    spec["width"], spec["background"] = WIDTH_PX, LIGHT.ground
    drawn: str = vl_convert.vegalite_to_svg(spec)
    return drawn
