"""A scenario before it is run."""

from __future__ import annotations

import pytest

from dashboard.charts.plan import plan_chart
from dashboard.charts.time import Backdrop
from dashboard.data.plan_preview import planned_rates, planned_spans
from dashboard.theme.palette import DARK, LIGHT, Palette
from tests.unit.dashboard import drawn
from tests.unit.dashboard.made_runs import scenario


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_arrivals_faults_and_warm_up_are_drawn(palette: Palette) -> None:
    of = scenario()
    behind = Backdrop(planned_spans(of), of.duration_s, palette)
    svg = drawn.svg(plan_chart(planned_rates(of), of.slo.warmup_s, behind))
    assert "slowdown × 2.4" in svg
    assert "warm-up ends" in svg
    assert "Planned journeys per second" in svg
