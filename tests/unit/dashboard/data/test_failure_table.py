"""Failed calls by kind, status and route."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.data.failure_table import added_outcomes, failure_rows, failures, outcomes
from harness.model.call_query import FAILED, CallFilter, CallQuery
from harness.record.call_store import CallStore
from harness.record.reader import open_run


@pytest.mark.parametrize(("from_s", "until_s"), [(0.0, 31.0), (19.0, 22.0)])
def test_each_kind_lists_as_many_calls_as_it_counts(
    made: dict[str, Path], from_s: float, until_s: float
) -> None:
    calls = open_run(made["stateless"]).calls()
    found = failures(outcomes(calls[(calls["ended_s"] >= from_s) & (calls["ended_s"] < until_s)]))
    assert len(found)
    store = CallStore(made["stateless"])
    for row in failure_rows(found, from_s, until_s):
        assert f"{store.page(CallQuery(row['wanted'])).total:,}" == row["calls"]
    seconds = CallFilter(outcomes=(FAILED,), from_s=from_s, until_s=until_s)
    assert found["calls"].sum() == store.page(CallQuery(seconds)).total


def test_a_run_without_a_failure_has_no_row(made: dict[str, Path]) -> None:
    calls = open_run(made["careful"]).calls()
    assert failures(outcomes(calls[calls["outcome"] == "ok"])).empty
    assert failures(outcomes(calls.head(0))).empty


def test_the_outcomes_of_two_parts_are_those_of_the_whole(made: dict[str, Path]) -> None:
    calls = open_run(made["stateless"]).calls()
    parts = [outcomes(calls[calls["ended_s"] < 12]), outcomes(calls[calls["ended_s"] >= 12])]
    pd.testing.assert_frame_equal(added_outcomes(parts), outcomes(calls))
