"""How much counters rose between neighbouring scrapes of a Prometheus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
    """The moments of a Prometheus' scrapes (Unix seconds, shape (n,)), each near its place in a grid of `step_s`.

    `ask_s` is a moment after that of the grid at which its scrape is over and the next one not begun. `seen` says of
    each moment whether there was a scrape.
    """

    edges_s: Floats
    begin_s: float
    step_s: float
    ask_s: float
    seen: NDArray[np.bool_]

    def increase(self, line: TimeSeries) -> Floats:
        """The rise of a counter in each step; one that begins later was 0 before, and one that was reset adds nothing.

        Where a scrape is missing, the counter is taken to have risen evenly.
        """
        values = np.full(len(self.edges_s), np.nan)
        places = np.round((np.array(line.times_s) - self.ask_s - self.begin_s) / self.step_s).astype(int)
        inside = (places >= 0) & (places < len(values))
        values[places[inside]] = np.array(line.values)[inside]
        known = np.flatnonzero(self.seen & ~np.isnan(values))
        if not len(known):
            return np.zeros(len(values) - 1)
        filled: Floats = np.interp(self.edges_s, self.edges_s[known], values[known], left=0.0)
        rises: Floats = np.clip(np.diff(filled), 0.0, None)
        return rises

    def increases(self, source: CounterSource, expression: str) -> list[tuple[Mapping[str, str], Floats]]:
        """The labels of each series of an expression, with its rise in each step.

        Prometheus answers with the last sample before the moment that it is asked for. It is asked for a moment
        between two scrapes: at that of a scrape, one that was late by a millisecond would count in the next step.
        """
        begin_s = self.begin_s + self.ask_s
        end_s = begin_s + (len(self.edges_s) - 0.99) * self.step_s
        lines = source.over(expression, begin_s, end_s, self.step_s)
        return [(line.labels, self.increase(line)) for line in lines]


def scrapes_of(
    source: CounterSource, series: str, start_s: float, end_s: float
) -> tuple[ScrapeTimes | None, int]:
    """The scrapes of the series that has the most, and their number; None with fewer than two."""
    lines = source.at(f"{series}[{max(1, round(end_s - start_s))}s]", end_s)
    times_s = np.array(max((line.times_s for line in lines), key=len, default=()))
    if len(times_s) < 2:
        return None, len(times_s)
    typical_s, span_s = quantile_of(np.sort(np.diff(times_s)), 0.5), float(times_s[-1] - times_s[0])
    scrape_s = span_s / max(1, round(span_s / typical_s))
    step_s = max(scrape_s, (end_s - start_s) / MOST_STEPS)
    grid_s = np.arange(times_s[0], times_s[-1] + 0.01 * step_s, step_s)
    last = times_s[np.searchsorted(times_s, grid_s + scrape_s / 2) - 1]
    seen = last > grid_s - scrape_s / 2
    edges_s = np.where(seen, last, grid_s)
    return ScrapeTimes(edges_s, float(times_s[0]), step_s, scrape_s / 2, seen), len(times_s)
