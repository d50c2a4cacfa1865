"""How counters rise between scrapes, also over gaps and restarts."""

from __future__ import annotations

import numpy as np
import pytest

from harness.learn.counter_steps import ScrapeTimes, Selector
from harness.model.errors import ConfigError
from harness.observe.prometheus_api import TimeSeries

SCRAPES = ScrapeTimes(np.arange(5) * 2.0, 2.0)


@pytest.mark.parametrize(
    ("times_s", "values", "rises"),
    [
        ((0, 2, 4, 6, 8), (5, 7, 7, 10, 11), [2, 0, 3, 1]),
        ((4, 6, 8), (3, 4, 6), [0, 3, 1, 2]),
        ((0, 2, 6, 8), (5, 7, 10, 11), [2, 0, 3, 1]),
        ((0, 2, 4, 6, 8), (50, 60, 1, 4, 9), [10, 0, 3, 5]),
    ],
    ids=[
        "each step",
        "a series that begins later was 0",
        "a missing scrape",
        "a restarted process counts on",
    ],
)
def test_a_rise_is_that_of_its_step(
    times_s: tuple[float, ...], values: tuple[float, ...], rises: list[float]
) -> None:
    assert SCRAPES.increase(TimeSeries({}, times_s, values)).tolist() == rises


def test_a_selector_takes_suffixes_and_further_matchers() -> None:
    found = Selector.parsed(' latency_seconds{job="a", code!~"5.."} ')

    assert found.of("_count", 'x="y"') == 'latency_seconds_count{job="a", code!~"5..",x="y"}'
    assert str(Selector.parsed("requests_total")) == "requests_total"


@pytest.mark.parametrize("text", ["", "rate(x[5m])", "5xx{a='b'}", "x{} or y"])
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--metric"):
        Selector.parsed(text)
