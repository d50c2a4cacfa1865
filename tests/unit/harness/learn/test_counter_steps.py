"""How counters rise between scrapes, also over gaps and restarts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from harness.learn.counter_steps import MOST_STEPS, ScrapeTimes, Selector, scrapes_of
from harness.model.errors import ConfigError
from harness.observe.prometheus_api import TimeSeries
from tests.unit.harness.learn.scrapes import Scrapes, scrapes_between

BEGIN_S = 1_800_000_000.0

SCRAPES = ScrapeTimes(np.arange(5) * 2.0, 0.0, 2.0, 1.0, np.ones(5, dtype=bool))


@pytest.mark.parametrize(
    ("times_s", "values", "rises"),
    [
        ((0, 2, 4, 6, 8), (5, 7, 7, 10, 11), [2, 0, 3, 1]),
        ((4, 6, 8), (3, 4, 6), [0, 3, 1, 2]),
        ((0, 2, 6, 8), (5, 7, 10, 11), [2, 1.5, 1.5, 1]),
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
    asked_s = tuple(at_s + SCRAPES.ask_s for at_s in times_s)

    assert SCRAPES.increase(TimeSeries({}, asked_s, values)).tolist() == rises


@dataclass
class _Counter:
    """Rises by one a second."""

    scrapes: Scrapes

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        return self.scrapes.within(expression, at_s or 0.0)

    def over(self, expression: str, start_s: float, end_s: float, step_s: float = 1.0) -> list[TimeSeries]:
        return [self.scrapes.held({}, lambda at_s: at_s - BEGIN_S, start_s, end_s, step_s)]


@pytest.mark.parametrize(("late_s", "missed"), [(0.0, 0.0), (0.003, 0.0), (0.2, 0.0), (0.003, 0.2)])
def test_a_counter_rises_by_what_passed_between_the_scrapes(late_s: float, missed: float) -> None:
    source = _Counter(scrapes_between(BEGIN_S, BEGIN_S + 700, 2.0, 1, late_s, missed))
    found, count = scrapes_of(source, "x", BEGIN_S + 100, BEGIN_S + 600)
    assert found is not None
    [(_, rises)] = found.increases(source, "x")

    assert count == pytest.approx(250 * (1 - missed), rel=0.1)
    assert found.step_s == pytest.approx(2.0, rel=0.01)
    assert rises == pytest.approx(np.diff(found.edges_s), abs=0.002)


def test_a_time_of_more_scrapes_than_prometheus_answers_for_has_fewer_steps() -> None:
    source = _Counter(scrapes_between(BEGIN_S, BEGIN_S + 40_000, 2.0, 1, 0.003))
    found, _ = scrapes_of(source, "x", BEGIN_S, BEGIN_S + 40_000)
    assert found is not None
    [(_, rises)] = found.increases(source, "x")

    assert len(rises) <= MOST_STEPS
    assert rises == pytest.approx(np.diff(found.edges_s), abs=0.02)


def test_a_selector_takes_suffixes_and_further_matchers() -> None:
    found = Selector.parsed(' latency_seconds{job="a", code!~"5.."} ')

    assert found.of("_count", 'x="y"') == 'latency_seconds_count{job="a", code!~"5..",x="y"}'
    assert str(Selector.parsed("requests_total")) == "requests_total"


@pytest.mark.parametrize("text", ["", "rate(x[5m])", "5xx{a='b'}", "x{} or y"])
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--metric"):
        Selector.parsed(text)
