"""Charts are functions of frames: what goes in is what is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert
from altair.typing import ChartType

from dashboard.charts import anatomy, pool, retries, side_by_side, traffic
from dashboard.charts.time import Backdrop, backdrop_of, ceiling, log_duration
from dashboard.data.run_frames import RunFrames, run_frames
from dashboard.theme.palette import DARK, LIGHT, styled
from harness.record.reader import open_run

LIMITS = {"p99(latency) < 250ms": 0.25}


@pytest.fixture(scope="module")
def seen(made: dict[str, Path]) -> RunFrames:
    return run_frames(open_run(made["textbook"]))


@pytest.fixture(scope="module")
def behind(seen: RunFrames) -> Backdrop:
    return backdrop_of(seen, LIGHT)


def _spec(chart: ChartType) -> dict[str, Any]:
    return styled(chart, LIGHT).to_dict()


def _svg(chart: ChartType) -> str:
    return str(vl_convert.vegalite_to_svg({**_spec(chart), "width": 600}))


def _rows(chart: ChartType, having: str) -> list[dict[str, Any]]:
    """The rows of the chart's dataset that has a column of this name."""
    return next(rows for rows in _spec(chart)["datasets"].values() if rows and having in rows[0])


def test_panels_of_traffic_share_their_time_axis(seen: RunFrames, behind: Backdrop) -> None:
    panels = traffic.traffic(seen.seconds, behind, LIMITS, {"ratio(error) < 1%": 0.01})
    domains = [str(_spec(p)).count(f"'domain': [0, {seen.until_s}]") for p in panels]
    assert len(panels) == 3
    assert all(domains)


def test_throughput_shows_what_was_offered_and_what_went_well(seen: RunFrames, behind: Backdrop) -> None:
    rows = _rows(traffic.throughput(seen.seconds, behind), "series")
    goodput = [row["value"] for row in rows if row["series"] == "goodput"]
    assert goodput == pytest.approx(seen.seconds["goodput"].tolist())
    assert {row["series"] for row in rows} == {"offered", "goodput"}


def test_a_fault_is_named_on_the_chart(seen: RunFrames, behind: Backdrop) -> None:
    assert "slowdown × 2.4" in _svg(traffic.throughput(seen.seconds, behind))


def test_a_limit_is_named_on_the_chart(seen: RunFrames, behind: Backdrop) -> None:
    assert "p99(latency) &lt; 250ms" in _svg(traffic.latency(seen.seconds, behind, LIMITS))


def test_a_second_without_calls_leaves_a_gap(seen: RunFrames, behind: Backdrop) -> None:
    silent = seen.seconds.copy()
    silent.loc[3, ["p50_s", "p95_s", "p99_s"]] = float("nan")
    rows = _rows(traffic.latency(silent, behind, {}), "series")
    assert 3 not in {row["at_s"] for row in rows}


def test_the_parts_drawn_add_up_to_the_parts_given(seen: RunFrames, behind: Backdrop) -> None:
    rows = pd.DataFrame(_rows(anatomy.anatomy(seen.parts, behind), "place"))
    drawn = rows.groupby("at_s")["mean_s"].sum()
    given = seen.parts.groupby("at_s")["mean_s"].sum()
    assert (drawn - given).abs().max() <= 0.02 * given.max()


def test_parts_are_stacked_in_the_order_of_a_calls_life(seen: RunFrames, behind: Backdrop) -> None:
    rows = pd.DataFrame(_rows(anatomy.anatomy(seen.parts, behind), "place"))
    order = rows.sort_values("place")["part"].unique().tolist()
    assert order == [part for part in anatomy.PARTS if part in order]


def test_the_largest_part_is_named_in_words(seen: RunFrames) -> None:
    assert "thread wait" in anatomy.anatomy_sentence(seen.parts)


def test_waiting_callers_are_counted_in_words(made: dict[str, Path]) -> None:
    samples = run_frames(open_run(made["killed"])).pool
    assert "at most 58 callers waited" in pool.pool_sentence(samples)


def test_the_pools_size_is_named_on_the_chart(seen: RunFrames, behind: Backdrop) -> None:
    assert "pool_maxsize 20" in _svg(pool.pool(seen.pool, behind))


def test_retries_are_told_apart_by_reason(seen: RunFrames, behind: Backdrop) -> None:
    panels = retries.retries(seen.retries, seen.seconds, behind, {})
    assert {row["reason"] for row in _rows(panels[0], "reason")} == {"503", "read"}


def test_distributions_end_at_the_last_percentile_that_is_asked_for(seen: RunFrames) -> None:
    chart = side_by_side.distributions(seen.quantiles.assign(policy="a"), ["a"], LIGHT, LIMITS)
    assert max(row["quantile"] for row in _rows(chart, "quantile")) <= 0.9991


def test_policies_over_each_other_have_one_legend(seen: RunFrames, behind: Backdrop) -> None:
    panels = side_by_side.overlaid(seen.seconds.assign(policy="a"), ["a"], behind, LIMITS)
    assert [_svg(panel).count("role-legend-entry") > 0 for panel in panels] == [True, False, False]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_chart_of_a_run_is_valid_in_both_themes(seen: RunFrames, palette: Any) -> None:
    behind = backdrop_of(seen, palette)
    charts = [
        *traffic.traffic(seen.seconds, behind, LIMITS, {}),
        anatomy.anatomy(seen.parts, behind),
        pool.pool(seen.pool, behind),
        *retries.retries(seen.retries, seen.seconds, behind, {"amplification < 1.2": 1.2}),
    ]
    assert all(palette.ink in str(styled(chart, palette).to_dict()) for chart in charts)


def test_a_log_axis_covers_its_values_from_tick_to_tick() -> None:
    spec = log_duration([0.012, 2.4]).to_dict()
    assert spec["scale"]["domain"] == [0.01, 3.0]


def test_a_log_axis_without_values_is_still_an_axis() -> None:
    assert log_duration([]).to_dict()["scale"]["domain"] == [0.001, 1.0]


def test_an_axis_moves_in_steps() -> None:
    assert ceiling([0.03], (0.02, 0.05)) == 0.05
    assert ceiling([70.0], (1.5, 50.0)) == pytest.approx(77.0)
