"""Axes cover their values in whole steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert

from dashboard.charts import anatomy, heat, pool, retries, traffic, upstream
from dashboard.charts.time import backdrop_of, ceiling, lines, log_duration
from dashboard.data.run_frames import run_frames
from dashboard.data.run_window import ShownWindow
from dashboard.theme.palette import LIGHT, dash
from harness.record.reader import open_run
from tests.unit.dashboard import drawn


def test_a_log_axis_covers_its_values_from_tick_to_tick() -> None:
    spec = log_duration([0.012, 2.4]).to_dict()
    assert spec["scale"]["domain"] == [0.01, 3.0]


def test_a_log_axis_without_values_is_still_an_axis() -> None:
    assert log_duration([]).to_dict()["scale"]["domain"] == [0.001, 1.0]


def test_an_axis_moves_in_steps() -> None:
    assert ceiling([0.03], (0.02, 0.05)) == 0.05
    assert ceiling([70.0], (1.5, 50.0)) == pytest.approx(77.0)


def test_the_time_axis_of_some_seconds_begins_and_ends_with_them(made: dict[str, Path]) -> None:
    seen = run_frames(open_run(made["textbook"]), ShownWindow(12.0, 16.0))
    behind = backdrop_of(seen, LIGHT)
    panels = [
        *traffic.traffic(seen.seconds, behind, {}, {}),
        heat.heat(seen.cells.assign(href="calls"), behind),
        anatomy.anatomy(seen.parts, behind),
        pool.pool(seen.pool, behind),
        *retries.retries(seen.retries, seen.seconds, behind, {}),
        *upstream.upstream(seen.served, 8, behind),
    ]
    for panel in panels:
        assert _time_axis(panel) == ([12.0, 16.0], False)


def _time_axis(panel: Any) -> tuple[list[float], bool]:
    """The domain of the axis as the browser has it, and whether it is made to include zero."""
    compiled = vl_convert.vegalite_to_vega({**drawn.spec(panel), "width": 600})
    (axis,) = [scale for scale in compiled["scales"] if scale["name"] == "x"]
    return axis["domain"], bool(axis.get("zero"))


@pytest.mark.parametrize(
    ("names", "width", "under_each_other"),
    [
        (["careful · seed 7 · 27 Nov 21:57:18", "textbook · seed 7 · 27 Nov 21:58:05"], 310, 2),
        (["careful · seed 7 · 27 Nov 21:57:18", "textbook · seed 7 · 27 Nov 21:58:05"], 900, 1),
        (["p50", "p95", "p99"], 310, 1),
    ],
    ids=["long names on a phone", "long names elsewhere", "short names on a phone"],
)
def test_names_that_have_no_room_beside_each_other_are_under_each_other(
    names: list[str], width: int, under_each_other: int
) -> None:
    looks = {name: (LIGHT.series_1, dash(number)) for number, name in enumerate(names)}
    long = pd.DataFrame(
        [(at, name, 1.0) for at in (0.0, 1.0) for name in names], columns=["at_s", "series", "value"]
    )
    chart = lines(long, looks, ("value", ".0f")).encode(x="at_s:Q", y="value:Q")
    entries = drawn.svg(chart, width=width).split("role-legend-entry", 1)[1]
    top_px = re.findall(r'translate\([\d.]+,([\d.]+)\)"><path class="background"', entries)[1:]
    assert len(set(top_px)) == under_each_other
