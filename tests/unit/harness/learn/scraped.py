"""A Prometheus that answers for one histogram with known counts, scraped every second."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.observe.prometheus_api import NativeHistogram, TimeSeries

START_S, SECONDS = 1_800_000_000.0, 60


@dataclass
class Scraped:
    """Counts per second by labels; half of all calls took up to 0.1 s, the others up to 0.2 s."""

    per_s: Mapping[tuple[tuple[str, str], ...], float]
    attempts_per_s: float = 0.0
    native: bool = False

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        """The samples of a range selector, or the buckets."""
        if expression.startswith("sum by (le)"):
            total = self._whole()
            bounds = {"0.1": total / 2, "0.2": total, "+Inf": total}
            return [TimeSeries({"le": bound}, (0.0,), (count,)) for bound, count in bounds.items()]
        if self.native and "_count{" in expression:
            return []
        times_s = tuple(START_S + second for second in range(SECONDS + 1))
        return [TimeSeries({}, times_s, (0.0,) * len(times_s))]

    def over(self, expression: str, start_s: float, end_s: float, step_s: float = 1.0) -> list[TimeSeries]:
        """Counters that rise evenly."""
        times_s = np.arange(start_s, end_s, step_s)
        rates = self.per_s
        if "http_client" in expression:
            rates = {(): self.attempts_per_s}
        elif not re.match(r"sum by", expression):
            rates = {(): 0.1 * sum(self.per_s.values())}
        return [
            TimeSeries(dict(labels), tuple(times_s), tuple(rate * (times_s - START_S)))
            for labels, rate in rates.items()
        ]

    def histogram_at(self, expression: str, at_s: float) -> NativeHistogram | None:
        """The same buckets."""
        total = self._whole()
        return NativeHistogram(((0.05, 0.1, total / 2), (0.1, 0.2, total / 2)))

    def _whole(self) -> float:
        return SECONDS * sum(
            rate for labels, rate in self.per_s.items() if ("outcome", "read_timeout") not in labels
        )
