"""The chart of the Pareto front."""

from __future__ import annotations

import re

import pandas as pd

from dashboard.charts.pareto import pareto_charts
from dashboard.data.tuning_frames import address, points
from dashboard.theme.palette import LIGHT
from tests.unit.dashboard.drawn import spec, svg
from tests.unit.harness.tuning.made_tunings import made_tuning


def test_every_point_leads_to_its_policy() -> None:
    found = made_tuning()
    for chart in pareto_charts(points(found), LIGHT):
        drawn = svg(chart)
        for number in found.chosen:
            assert address(found, number).replace("&", "&amp;") in drawn
        assert set(re.findall(r"policy=(\d+)\"", drawn)) == {str(each.number) for each in found.candidates}


def test_prediction_and_lab_are_told_apart_by_shape_and_in_the_title() -> None:
    found = made_tuning()
    chart = pareto_charts(points(found), LIGHT)[0]
    shapes = {
        layer["mark"].get("shape") for layer in spec(chart)["layer"] if layer["mark"]["type"] == "point"
    }
    assert {"triangle-up", "diamond", "square"} <= shapes
    assert "predicted; triangles: measured in the lab" in str(spec(chart)["title"])


def test_a_policy_that_breaks_the_slo_far_away_is_counted_and_not_drawn() -> None:
    drawn = points(made_tuning())
    far = drawn.iloc[[1]].assign(kind="breaks the SLO", goodput=drawn["goodput"].min() - 1e3, number=99)
    near = drawn.iloc[[1]].assign(kind="breaks the SLO", number=98)
    chart = pareto_charts(pd.concat([drawn, far, near], ignore_index=True), LIGHT)[0]
    text = str(spec(chart))
    assert "'number': 98" in text
    assert "'number': 99" not in text
    assert "not drawn" in str(spec(chart)["title"])


def test_without_a_run_there_is_no_triangle() -> None:
    chart = pareto_charts(points(made_tuning(confirmed=False)), LIGHT)[0]
    shapes = {
        layer["mark"].get("shape") for layer in spec(chart)["layer"] if layer["mark"]["type"] == "point"
    }
    assert "triangle-up" not in shapes
