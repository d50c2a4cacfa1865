"""How far a value is from its limit."""

from __future__ import annotations

from math import inf
from typing import Literal

import pytest

from harness.model.margin_size import margin_text, times_limit, worst_margin
from harness.model.verdict import Margin, Measurement


def margin(
    threshold: str,
    value: float | None,
    limit: float,
    verdict: Literal["pass", "fail", "inconclusive"] = "fail",
    n: int = 900,
) -> Margin:
    measured = Measurement(name="measured", value=value, unit="s", n=n, low=value, high=value)
    return Margin(threshold=threshold, limit=limit, measured=measured, verdict=verdict)


@pytest.mark.parametrize(
    ("threshold", "value", "limit", "times"),
    [
        ("p99(latency) < 250ms", 0.5, 0.25, 2.0),
        ("p99(latency) < 250ms", 0.125, 0.25, 0.5),
        ("p99(latency) < 250ms", None, 0.25, inf),
        ("rate(goodput) > 100/s", 50.0, 100.0, 2.0),
        ("rate(goodput) > 100/s", 0.0, 100.0, inf),
        ("ratio(error) < 0%", 0.0, 0.0, 0.0),
        ("ratio(error) < 0%", 0.1, 0.0, inf),
    ],
)
def test_a_value_is_a_multiple_of_its_limit_and_above_one_is_beyond_it(
    threshold: str, value: float | None, limit: float, times: float
) -> None:
    assert times_limit(margin(threshold, value, limit)) == times


def test_a_broken_threshold_is_worse_than_an_undecided_one_that_is_further_off() -> None:
    broken = margin("p99(latency) < 250ms", 0.3, 0.25)
    open_ = margin("p50(latency) < 10ms", 0.1, 0.01, "inconclusive")
    assert worst_margin([open_, broken]) is broken


def test_of_thresholds_that_hold_the_nearest_to_its_limit_is_worst() -> None:
    near, far = (margin("p99(latency) < 250ms", value, 0.25, "pass") for value in (0.24, 0.1))
    assert worst_margin([far, near]) is near


def test_what_was_not_measured_is_no_margin() -> None:
    assert worst_margin([margin("p99(latency) < 250ms", 0.0, 0.25, n=0)]) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6.25, "Latency p99 25 × limit"),
        (0.23, "Latency p99 0.92 × limit"),
        (None, "Latency p99 not reached"),
        (2500.0, "Latency p99 10,000 × limit"),
    ],
)
def test_a_margin_is_said_as_a_multiple_of_the_limit(value: float | None, text: str) -> None:
    assert margin_text(margin("p99(latency) < 250ms", value, 0.25)) == text


def test_a_value_below_its_minimum_is_said_as_the_share_of_it_that_was_reached() -> None:
    assert margin_text(margin("rate(goodput) > 100/s", 50.0, 100.0)) == "Goodput 0.5 × minimum"
