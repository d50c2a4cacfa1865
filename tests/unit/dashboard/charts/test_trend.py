"""One measurement run by run."""

from __future__ import annotations

import re

import pandas as pd

from dashboard.charts.trend import trend_chart
from dashboard.data.cell_trend import COLUMNS
from dashboard.theme.palette import LIGHT
from harness.model.verdict import Margin, Measurement

MEASURED = Measurement(name="latency.p99", value=0.3, unit="s", n=900, low=0.28, high=0.33)
MARGIN = Margin(threshold="p99(latency) < 250ms", limit=0.25, measured=MEASURED, verdict="fail")


def _frame(value: float | None) -> pd.DataFrame:
    rows = [("a", "02 Mar 09:30:00", "✓ Pass", 0.2, 0.1, 0.22, "200 ms", "", "aaaaaaaa"),
            ("b", "02 Mar 09:40:00", "✗ Fail", value, 0.28, None, "300 ms", "it's, new", "bbbbbbbb")]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_limit_and_the_tags_are_drawn() -> None:
    drawn = trend_chart(_frame(0.3), MARGIN, LIGHT).to_json()
    assert "p99(latency) < 250ms" in drawn
    assert "it's, new" in drawn


def test_a_commit_is_written_where_it_is_new() -> None:
    chart = trend_chart(_frame(0.3).assign(commit="cccccccc"), MARGIN, LIGHT).to_dict()
    label = re.search(r"'labelExpr': (.*?)datum\.value", str(chart))
    assert label is not None
    assert label[1].count("cccccccc") == 1


def test_a_percentile_that_is_not_reached_is_explained_in_the_title() -> None:
    assert "not reached" in trend_chart(_frame(None), MARGIN, LIGHT).to_dict()["title"]
    assert "not reached" not in trend_chart(_frame(0.3), MARGIN, LIGHT).to_dict()["title"]
