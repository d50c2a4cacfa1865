"""A second source of the same server's requests, by which traffic is known that the first one does not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Protocol

import numpy as np

from harness.analyse.learning.hidden_traffic import EDGE_S, hidden_share, hidden_traffic
from harness.analyse.stats.effective_size import Floats
from harness.learn.counter_steps import CounterSource, Selector, scrapes_of
from harness.learn.exchange_store import ExchangeStore, exchange_store
from harness.learn.sources import read_files
from harness.model.errors import ConfigError, PrometheusError
from harness.model.verdict import Measurement

MOST_COMPARED, FEWEST_STEPS, MOST_BINS = 2_000_000, 10, 40


class SecondSource(Protocol):
    """Something that counts every request of the server."""

    def hidden_from(self, store: ExchangeStore) -> Measurement:
        """The share of its requests that the first source does not have. Raises SurgelineError."""
        ...


@dataclass(frozen=True, slots=True)
class SecondFiles:
    """Logs or journals."""

    files: Sequence[Path]
    format_text: str = ""

    def hidden_from(self, store: ExchangeStore) -> Measurement:
        """Compares the arrivals of both. Raises ConfigError."""
        with exchange_store() as second:
            read_files(second, self.files, self.format_text)
            seen, every = (
                each.columns(
                    "SELECT arrived_s FROM exchanges WHERE status > 0 ORDER BY number LIMIT ?",
                    [MOST_COMPARED],
                )
                for each in (store, second)
            )
            found = hidden_traffic(seen["arrived_s"], every["arrived_s"])
        if found is None:
            problem = (
                "has less than 12 s in common with the first source, which is too little; give the same time"
            )
            raise ConfigError(", ".join(str(path) for path in self.files), "", problem)
        return found


@dataclass(frozen=True, slots=True)
class SecondCounter:
    """A counter of the server's requests, or the count of a classic histogram, as a Prometheus scraped it."""

    source: CounterSource
    metric: Selector

    def hidden_from(self, store: ExchangeStore) -> Measurement:
        """Compares what ended between scrapes. Raises PrometheusError."""
        ended = store.columns(
            "SELECT ended_s FROM exchanges WHERE status > 0 ORDER BY ended_s LIMIT ?", [MOST_COMPARED]
        )
        ended_s: Floats = ended["ended_s"]
        found = None if len(ended_s) < 2 else self._compared(ended_s)
        if found is None:
            problem = (
                f"has fewer than {FEWEST_STEPS} scrapes of {self.metric} in the time of the files, so they cannot be"
                " compared; give the metric that counts all requests of the server with --metric"
            )
            raise PrometheusError("Prometheus", "", problem)
        return found

    def _compared(self, ended_s: Floats) -> Measurement | None:
        begin_s, end_s = float(ended_s[0]) + EDGE_S, float(ended_s[-1]) - EDGE_S
        if end_s <= begin_s:
            return None
        for series in (self.metric.of(), self.metric.of("_count")):
            scrapes, _ = scrapes_of(self.source, series, begin_s, end_s)
            if scrapes is None or len(scrapes.edges_s) <= FEWEST_STEPS:
                continue
            total = np.sum([rise for _, rise in scrapes.increases(self.source, f"sum({series})")], axis=0)
            seen = np.histogram(ended_s, scrapes.edges_s)[0].astype(np.float64)
            return hidden_share(*(_in_bins(counts) for counts in (seen, total)))
        return None


def _in_bins(counts: Floats) -> Floats:
    """The sums of neighbours, in at most 40 bins of equal length; what is left over at the begin is dropped."""
    size = ceil(len(counts) / MOST_BINS)
    found: Floats = counts[len(counts) % size :].reshape(-1, size).sum(axis=1)
    return found
