"""The plots beside `learned.md`, as files of SVG on a light ground."""

from __future__ import annotations

from typing import Any

from altair.typing import ChartType

from dashboard.charts.learned import rate_steps, service_distribution
from dashboard.data.learned_frames import percentile_frame, rate_frame
from dashboard.theme.palette import LIGHT, styled
from harness.model.learned import Learned

WIDTH_PX = 760


def learned_plots(learned: Learned) -> dict[str, tuple[str, str]]:
    """File name and SVG of each plot, by its title."""
    return {
        "Arrivals": ("arrivals.svg", _svg(rate_steps(rate_frame(learned), LIGHT))),
        "Service and response times": (
            "times.svg",
            _svg(service_distribution(percentile_frame(learned), LIGHT)),
        ),
    }


def _svg(chart: ChartType) -> str:
    import vl_convert

    spec: dict[str, Any] = styled(chart, LIGHT).to_dict()
    spec["width"], spec["background"] = WIDTH_PX, LIGHT.ground
    drawn: str = vl_convert.vegalite_to_svg(spec)
    return drawn
