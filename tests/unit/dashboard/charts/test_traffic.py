"""The panels of traffic show the rates, the latency, the faults and the limits that they are given."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from dashboard.charts import traffic
from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.data.run_frames import RunFrames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from tests.unit.dashboard import drawn

LIMITS = {"p99(latency) < 250ms": 0.25}


def test_panels_of_traffic_share_their_time_axis(seen: RunFrames, behind: Backdrop) -> None:
    panels = traffic.traffic(seen.seconds, behind, LIMITS, {"ratio(error) < 1%": 0.01})
    domains = [str(drawn.spec(p)).count(f"'domain': [0.0, {seen.until_s}]") for p in panels]
    assert len(panels) == 3
    assert all(domains)


def test_throughput_shows_what_was_offered_and_what_went_well(seen: RunFrames, behind: Backdrop) -> None:
    rows = drawn.rows(traffic.throughput(seen.seconds, behind), "series")
    goodput = [row["value"] for row in rows if row["series"] == "goodput"]
    assert goodput == pytest.approx(seen.seconds["goodput"].tolist())
    assert {row["series"] for row in rows} == {"offered", "goodput"}


def test_a_fault_is_named_on_the_chart(seen: RunFrames, behind: Backdrop) -> None:
    assert "slowdown × 2.4" in drawn.svg(traffic.throughput(seen.seconds, behind))


def test_a_note_is_named_at_its_second(seen: RunFrames, behind: Backdrop) -> None:
    note = {"start_s": 12.0, "end_s": 12.0, "kind": "note", "label": "the pool was full", "row": 0}
    noted = replace(behind, spans=pd.concat([behind.spans, pd.DataFrame([note])], ignore_index=True))
    assert "the pool was full" in drawn.svg(traffic.throughput(seen.seconds, noted))


def test_a_limit_is_named_on_the_chart(seen: RunFrames, behind: Backdrop) -> None:
    assert "p99(latency) &lt; 250ms" in drawn.svg(traffic.latency(seen.seconds, behind, LIMITS))


def test_a_second_without_calls_leaves_a_gap(seen: RunFrames, behind: Backdrop) -> None:
    silent = seen.seconds.copy()
    silent.loc[3:5, ["p50_s", "p95_s", "p99_s", "error_ratio"]] = float("nan")
    for chart in (traffic.latency(silent, behind, {}), traffic.error_ratio(silent, behind, {})):
        assert drawn.broken_paths(chart) >= 1
    for chart in (traffic.latency(seen.seconds, behind, {}), traffic.error_ratio(seen.seconds, behind, {})):
        assert drawn.broken_paths(chart) == 0


def test_within_a_fault_the_tooltip_has_the_data_of_the_second_and_the_fault(
    seen: RunFrames, behind: Backdrop
) -> None:
    silent = seen.seconds.copy()
    silent.loc[12, "p99_s"] = float("inf")
    for chart in traffic.traffic(silent, behind, {}, {}):
        assert "start_s" not in drawn.svg(chart)
    rows = drawn.rows(traffic.latency(silent, behind, {}), "p99")
    told = {row["at_s"]: row for row in rows}
    assert told[12]["p99"] == "not reached"
    assert told[12]["fault"] == "slowdown × 2.4"
    assert told[9]["fault"] == ""


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_panel_of_traffic_is_valid_in_both_themes(seen: RunFrames, palette: Palette) -> None:
    panels = traffic.traffic(seen.seconds, backdrop_of(seen, palette), LIMITS, {})
    assert all(palette.ink in str(styled(panel, palette).to_dict()) for panel in panels)


def test_a_second_whose_percentile_is_not_reached_is_marked(seen: RunFrames, behind: Backdrop) -> None:
    late = seen.seconds.copy()
    late.loc[3, ["p95_s", "p99_s"]] = float("inf")
    chart = traffic.latency(late, behind, LIMITS)
    marks = drawn.rows(chart, "value")
    found = [row for rows in drawn.spec(chart)["datasets"].values() for row in rows]
    assert {(row["at_s"], row["series"]) for row in found if row.get("value") == "not reached"} == {
        (3, "p95"),
        (3, "p99"),
    }
    assert (3, "p99") not in {(row["at_s"], row["series"]) for row in marks if row["value"] != "not reached"}
    assert "▲: not reached, because too many calls failed" in drawn.svg(chart)


def test_a_line_does_not_join_the_seconds_around_one_that_is_not_reached(
    seen: RunFrames, behind: Backdrop
) -> None:
    late = seen.seconds.copy()
    late.loc[3, "p99_s"] = float("inf")
    rows = drawn.rows(traffic.latency(late, behind, {}), "stretch")
    stretch = {row["at_s"]: row["stretch"] for row in rows if row["series"] == "p99"}
    assert stretch[2] != stretch[4]


def test_a_run_without_any_reached_percentile_is_drawn(seen: RunFrames, behind: Backdrop) -> None:
    late = seen.seconds.assign(p50_s=float("inf"), p95_s=float("inf"), p99_s=float("inf"))
    assert "not reached" in drawn.svg(traffic.latency(late, behind, {}))
