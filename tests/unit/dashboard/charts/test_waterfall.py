"""What a waterfall shows: every stretch on one axis of seconds, and captions in words."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.charts.waterfall import shown_until_s, waterfall_chart
from dashboard.data.event_spans import COLUMNS
from dashboard.theme.palette import LIGHT
from harness.analyse.measure.waterfall import Waterfall, waterfall
from harness.model.call_query import CallFilter, CallQuery
from harness.record.call_store import CallStore
from tests.unit.dashboard.drawn import rows, svg

NONE_ACTIVE = pd.DataFrame(columns=COLUMNS).astype({"start_s": float, "end_s": float})


@pytest.fixture(scope="module")
def found(made: dict[str, Path]) -> Waterfall:
    store = CallStore(made["textbook"])
    slowest = store.page(CallQuery(CallFilter(fault="slowdown"))).rows[0]
    traced = store.call(slowest.arrival, slowest.step)
    assert traced is not None
    return waterfall(traced)


def test_every_stretch_is_drawn_where_it_was(found: Waterfall) -> None:
    drawn = rows(waterfall_chart(found, NONE_ACTIVE, LIGHT), "part")
    spans = [(lane.title, span.title, span.begin_s) for lane in found.lanes for span in lane.spans]
    assert [(row["lane"], row["part"], row["at_s"]) for row in drawn] == spans


def test_the_injected_fault_is_written_at_the_upstream(found: Waterfall) -> None:
    assert "upstream 1: hit by slowdown" in svg(waterfall_chart(found, NONE_ACTIVE, LIGHT))


def test_a_fault_that_was_active_is_shaded(found: Waterfall) -> None:
    active = pd.DataFrame([(-1.0, 2.0, "fault", "slowdown × 2", 0)], columns=COLUMNS)
    assert LIGHT.fault in svg(waterfall_chart(found, active, LIGHT))


def test_a_call_of_no_length_can_be_drawn() -> None:
    empty = Waterfall((), 0.0, ())
    assert shown_until_s(empty) > 0
    assert svg(waterfall_chart(empty, NONE_ACTIVE, LIGHT))
