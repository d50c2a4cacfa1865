"""Charts of several policies share their axes and their legend."""

from __future__ import annotations

from dashboard.charts import side_by_side
from dashboard.charts.time import Backdrop
from dashboard.data.run_frames import RunFrames
from dashboard.theme.palette import LIGHT, series_looks
from tests.unit.dashboard import drawn

LOOKS = series_looks(["a"], LIGHT)
LIMITS = {"p99(latency) < 250ms": 0.25}


def test_distributions_end_at_the_last_percentile_that_is_asked_for(seen: RunFrames) -> None:
    chart = side_by_side.distributions(seen.quantiles.assign(policy="a"), LOOKS, LIGHT, LIMITS)
    assert max(row["quantile"] for row in drawn.rows(chart, "quantile")) <= 0.9991


def test_policies_over_each_other_have_one_legend(seen: RunFrames, behind: Backdrop) -> None:
    panels = side_by_side.overlaid(seen.seconds.assign(policy="a"), LOOKS, behind, LIMITS)
    assert [drawn.svg(panel).count("role-legend-entry") > 0 for panel in panels] == [True, False, False]
