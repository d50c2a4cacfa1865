"""Which calls a measurement covers, and how long each of them took."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.measure.columns import counted_in, duration_s, of_route, percentile_s


@pytest.fixture
def calls(make):
    """Four calls: GET /a, POST /a, GET /b, and one that failed."""
    columns = {
        "route": ["/a", "/a", "/b", "/b"],
        "method": ["GET", "POST", "GET", "GET"],
        "outcome": ["ok", "ok", "ok", "http_5xx"],
        "backoff_s": [0.1, 0.0, 0.0, 0.0],
        "backoff_held_s": [0.2, 0.0, 0.0, 0.0],
    }
    return make([0.01, 0.02, 0.03, 0.04], columns=columns).calls


@pytest.mark.parametrize(
    ("route", "rows"),
    [
        ("", [0, 1, 2, 3]),
        ("/a", [0, 1]),
        ("POST /a", [1]),
        ("GET /a", [0]),
        ("GET /b", [2, 3]),
        ("PUT /a", []),
        ("/c", []),
    ],
)
def test_a_route_is_named_with_its_method_or_without(calls, route, rows):
    assert list(of_route(calls, route)["arrival"]) == rows


def test_a_route_that_the_journey_names_with_a_space_is_itself(calls):
    named = calls.assign(route=["GET /a", "/a", "/a", "/b"])
    assert list(of_route(named, "GET /a")["arrival"]) == [0, 2]


def test_a_duration_is_the_sum_of_the_columns_that_keep_it(calls):
    assert list(duration_s(calls, "backoff")) == pytest.approx([0.3, 0.0, 0.0, 0.0])


def test_a_column_that_an_older_record_lacks_is_zero(calls):
    assert list(duration_s(calls.drop(columns="backoff_held_s"), "backoff")) == [0.1, 0.0, 0.0, 0.0]


def test_a_failed_call_is_infinitely_late_in_latency_alone(calls):
    assert list(percentile_s(calls, "latency")) == [0.01, 0.02, 0.03, np.inf]
    assert np.isfinite(percentile_s(calls, "backoff")).all()


@pytest.mark.parametrize(
    ("quantity", "failed_calls", "count"),
    [("latency", "late", 4), ("latency", "apart", 3), ("backoff", "apart", 4)],
)
def test_apart_failed_calls_are_no_part_of_latency(calls, quantity, failed_calls, count):
    assert len(counted_in(calls, quantity, failed_calls)) == count
