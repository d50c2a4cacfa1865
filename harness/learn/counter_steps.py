"""How much counters rose between neighbouring scrapes of a Prometheus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.quantiles import quantile_of
from harness.model.errors import ConfigError
from harness.observe.prometheus_api import TimeSeries

FEWEST_SCRAPES, MOST_STEPS = 20, 10_000
_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?", re.DOTALL)


class CounterSource(Protocol):
    """The queries to a Prometheus server."""

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]: ...
    def over(
        self, expression: str, start_s: float, end_s: float, step_s: float = 1.0
    ) -> list[TimeSeries]: ...


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name and the matchers of its labels, such as `job="orders"`."""

    name: str
    matchers: str = ""

    @classmethod
    def parsed(cls, text: str) -> Selector:
        """The selector of `NAME` or `NAME{label="value"}`. Raises ConfigError."""
        found = _SELECTOR.fullmatch(text.strip())
        if found is None:
            problem = (
                'must be a metric with its labels, such as http_server_request_duration_seconds{job="orders"}'
            )
            raise ConfigError("--metric", text, problem)
        return cls(found[1], (found[2] or "").strip().rstrip(","))

    def of(self, suffix: str = "", matchers: str = "") -> str:
        """PromQL of the metric with this suffix to its name, and further matchers."""
        every = ",".join(each for each in (self.matchers, matchers) if each)
        return f"{self.name}{suffix}{{{every}}}"

    def __str__(self) -> str:
        return self.of() if self.matchers else self.name


@dataclass(frozen=True, slots=True)
class ScrapeTimes:
    """The moments of a Prometheus' scrapes (Unix seconds), evenly `step_s` apart."""

    edges_s: Floats
    step_s: float

    def increase(self, line: TimeSeries) -> Floats:
        """The rise of a counter in each step; one that begins later was 0 before, and one that was reset adds nothing.

        Where a scrape is missing, the value before it holds.
        """
        values = np.full(len(self.edges_s), np.nan)
        places = np.round((np.array(line.times_s) - self.edges_s[0]) / self.step_s).astype(int)
        inside = (places >= 0) & (places < len(values))
        values[places[inside]] = np.array(line.values)[inside]
        last = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
        filled = np.where(last < 0, 0.0, values[last])
        return np.clip(np.diff(filled), 0.0, None)

    def increases(self, source: CounterSource, expression: str) -> list[tuple[Mapping[str, str], Floats]]:
        """The labels of each series of an expression, with its rise in each step."""
        end_s = self.edges_s[-1] + 0.01 * self.step_s
        lines = source.over(expression, self.edges_s[0], end_s, self.step_s)
        return [(line.labels, self.increase(line)) for line in lines]


def scrapes_of(
    source: CounterSource, series: str, start_s: float, end_s: float
) -> tuple[ScrapeTimes | None, int]:
    """The scrapes of the series that has the most, and their number; None with fewer than two."""
    seen = source.at(f"{series}[{max(1, round(end_s - start_s))}s]", end_s)
    times_s = max((line.times_s for line in seen), key=len, default=())
    if len(times_s) < 2:
        return None, len(times_s)
    step_s = max(quantile_of(np.sort(np.diff(times_s)), 0.5), (end_s - start_s) / MOST_STEPS)
    return ScrapeTimes(np.arange(times_s[0], times_s[-1] + 0.01 * step_s, step_s), step_s), len(times_s)
