"""When a Prometheus scraped a target, and what it therefore answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from harness.analyse.stats.effective_size import Floats
from harness.observe.prometheus_api import TimeSeries

LOOKBACK_S = 300.0


@dataclass(frozen=True, slots=True)
class Scrapes:
    """The moments of scrapes in Unix seconds, in milliseconds as Prometheus keeps them, ascending."""

    times_s: Floats

    def within(self, selector: str, at_s: float) -> list[TimeSeries]:
        """The samples of a range selector such as `x[60s]`, each with the value 0."""
        found = re.search(r"\[(\d+)s\]", selector)
        assert found is not None, selector
        inside = (self.times_s >= at_s - float(found[1])) & (self.times_s <= at_s)
        return [TimeSeries({}, tuple(self.times_s[inside].tolist()), (0.0,) * int(inside.sum()))]

    def held(
        self, labels: Mapping[str, str], count: Callable[[Floats], Floats], start_s: float, end_s: float, step_s: float
    ) -> TimeSeries:  # fmt: skip
        """A range query of a counter, `count` by time: at each step that of the last scrape in five minutes."""
        asked_s = np.arange(round(start_s, 3), round(end_s, 3) + 1e-6, float(f"{step_s:g}"))
        last = np.searchsorted(self.times_s, asked_s + 1e-6, "right") - 1
        fresh = (last >= 0) & (asked_s - self.times_s[last] < LOOKBACK_S)
        values = count(self.times_s[last[fresh]])
        return TimeSeries(labels, tuple(asked_s[fresh].tolist()), tuple(values.tolist()))


def scrapes_between(
    begin_s: float, end_s: float, every_s: float, seed: int, late_s: float = 0.002, missed: float = 0.0
) -> Scrapes:
    """Scrapes from a random moment on, each late by `late_s` on average, of which a share is missing."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(begin_s + rng.uniform(0, every_s), end_s, every_s)
    late = times_s + rng.exponential(late_s, len(times_s))
    return Scrapes(np.sort(np.round(late[rng.random(len(late)) >= missed], 3)))
