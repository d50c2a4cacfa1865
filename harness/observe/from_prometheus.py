"""One run as Prometheus scraped it: counts are exact, quantiles are exact to a bucket.

All processes of the run are added up. Everything counts from the run's start to its end, warm-up and drain
included, because a scrape cannot assign calls to seconds. A failed call is infinitely late in every quantile of
latency, whatever the scenario's `slo.failed_calls`: the metrics do not hold that setting.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Literal, Protocol

from harness.model.errors import PrometheusError
from harness.model.name_match import NoMatch, match_name
from harness.model.quantile import share_of
from harness.model.quantities import DURATIONS, LATENCY, HistogramSpec
from harness.model.verdict import Measurement
from harness.observe.prometheus_api import TimeSeries

SILENT_AFTER_S = 5.0
LOOK_BACK = "1y"
"""How old a run may be, in Prometheus' words. Its series is its own, so a long look costs no more samples."""
SUCCEEDED = ',outcome="ok"'
HISTOGRAMS = {row.name: row.histogram for row in DURATIONS if row.histogram is not None} | {
    "attempt": HistogramSpec("http_client_request_duration_seconds", "One attempt.", quantiles=("p50", "p99"))
}


class Source(Protocol):
    """The queries to a Prometheus server."""

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]: ...
    def label_values(self, label: str, series: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class ScrapedRun:
    """A run in Prometheus. Times are Unix seconds; `instances` are its processes' addresses.

    A measurement's `low` and `high` are the bounds of the bucket that holds a quantile (`high` is None above the
    last bound), and both the value itself for what was counted: they are its resolution, not a confidence interval.
    A quantile that failed calls reach has no value, and the last bound as `low`.
    """

    run: str
    policy: str
    scenario: str
    seed: int
    instances: tuple[str, ...]
    first_s: float
    last_s: float
    measurements: dict[str, Measurement]

    @property
    def select(self) -> str:
        """Label matchers for the run's processes; with the window from `first_s` to `last_s` they mean this run."""
        return matcher(self.instances)

    @property
    def live(self) -> bool:
        """True while scrapes keep coming."""
        return time.time() - self.last_s < SILENT_AFTER_S


@dataclass(frozen=True, slots=True)
class ScrapedHistogram:
    """Counts of what was at most each bound, cumulative, in ascending order; the last bound is infinite.

    `never` is how many more there are that no bound holds: failed calls, in a histogram of latency.
    """

    bounds: tuple[float, ...]
    counts: tuple[float, ...]
    never: float = 0.0

    @property
    def n(self) -> int:
        """How many observations there are."""
        return round(self._total)

    @property
    def _total(self) -> float:
        return (self.counts[-1] if self.counts else 0.0) + self.never

    def quantile(self, name: str, q: float) -> Measurement:
        """A quantile as `histogram_quantile` estimates it, with the bounds of its bucket."""
        rank = q * self._total
        if self.never and rank > self.counts[-1]:
            return Measurement(name=name, value=None, unit="s", n=self.n, low=self.bounds[-2], high=None)
        edges = zip(pairwise((0.0, *self.bounds)), pairwise((0.0, *self.counts)), strict=True)
        (low, high), (below, upto) = next(
            edge for edge in edges if edge[1][1] >= rank and edge[1][1] > edge[1][0]
        )
        if high == float("inf"):
            return Measurement(name=name, value=low, unit="s", n=self.n, low=low, high=None)
        value = low + (high - low) * max(0.0, rank - below) / (upto - below)
        return Measurement(name=name, value=value, unit="s", n=self.n, low=low, high=high)


def scraped_run(source: Source, name: str) -> ScrapedRun:
    """The run called `name` (or the only one whose name contains it, or `latest`) as Prometheus scraped it.

    Raises PrometheusError when none or several match.
    """
    run = _chosen(source.label_values("run", "surgeline_run_info"), name)
    seen = source.at(f'surgeline_run_info{{run="{run}"}}[{LOOK_BACK}]')
    if not seen:
        raise PrometheusError(
            "Prometheus", run, "is known by name, but has no samples any more; use a longer retention"
        )
    first_s, last_s = min(line.times_s[0] for line in seen), max(line.times_s[-1] for line in seen)
    labels, instances = seen[0].labels, tuple(sorted(line.labels["instance"] for line in seen))
    window = _Window(source, instances, first_s, last_s)
    measurements = {m.name: m for m in (*_counted(window), *_durations(window))}
    seed = int(labels["seed"])
    return ScrapedRun(
        run, labels["policy"], labels["scenario"], seed, instances, first_s, last_s, measurements
    )


@dataclass(frozen=True, slots=True)
class _Window:
    source: Source
    instances: Sequence[str]
    first_s: float
    last_s: float

    def last(self, metric: str, by: str, matchers: str = "") -> dict[str, float]:
        """The last value of a metric in the window, summed by one label."""
        span_ms = round((self.last_s - self.first_s) * 1000) + 1
        series = f"{metric}{{{matcher(self.instances)}{matchers}}}"
        lines = self.source.at(f"sum by ({by}) (last_over_time({series}[{span_ms}ms]))", self.last_s)
        return {line.labels.get(by, ""): line.last for line in lines}

    def total(self, metric: str, matchers: str = "") -> float:
        """The last value of a metric, summed over everything."""
        return sum(self.last(metric, "instance", matchers).values())

    def histogram(self, metric: str, *, failed_are_late: bool) -> ScrapedHistogram:
        """A histogram as it was scraped, or with failed calls beyond every bound."""
        counts = self._buckets(metric)
        if not failed_are_late:
            return ScrapedHistogram(tuple(counts), tuple(counts.values()))
        good = self._buckets(metric, SUCCEEDED)
        within = tuple(good.get(bound, 0.0) for bound in counts)
        never = max(0.0, counts[inf] - within[-1]) if counts else 0.0
        return ScrapedHistogram(tuple(counts), within, never)

    def _buckets(self, metric: str, matchers: str = "") -> dict[float, float]:
        """The cumulative count of each bound, in ascending order."""
        counts = self.last(metric + "_bucket", "le", matchers)
        return dict(sorted((float(bound), count) for bound, count in counts.items()))


def matcher(instances: Sequence[str]) -> str:
    """PromQL that matches these processes' addresses and no others."""
    return f"instance=~`{'|'.join(re.escape(instance) for instance in instances)}`"


def _chosen(runs: Sequence[str], name: str) -> str:
    try:
        return match_name(name, runs[::-1], "scraped run", "does its configuration name the listings?")
    except NoMatch as problem:
        raise PrometheusError("Prometheus", "", str(problem)) from None


def _counted(window: _Window) -> Iterable[Measurement]:
    calls = window.total("surgeline_call_duration_seconds_count")
    errors = window.total("surgeline_call_duration_seconds_count", ',outcome!="ok"')
    attempts = window.total("http_client_request_duration_seconds_count")
    n = round(calls)
    yield _exactly("calls", calls, "count", n)
    yield _exactly("errors", errors, "count", n)
    yield _exactly("attempts", attempts, "count", n)
    if n:
        yield _exactly("error_ratio", errors / calls, "ratio", n)
        yield _exactly("amplification", attempts / calls, "attempts/call", n)
    for reason, count in sorted(window.last("surgeline_retries_total", "reason").items()):
        yield _exactly(f"retries.{reason}", count, "count", n)
    for kind in ("opened", "discarded", "stale"):
        by_instance = window.last(f"surgeline_pool_{kind}_total", "instance")
        if by_instance:  # Not every client's library shows all of them.
            yield _exactly(f"connections.{kind}", sum(by_instance.values()), "count", n)


def _durations(window: _Window) -> Iterable[Measurement]:
    for quantity, of_it in HISTOGRAMS.items():
        histogram = window.histogram(of_it.metric, failed_are_late=quantity == LATENCY.name)
        if histogram.n:
            for statistic in of_it.quantiles:
                yield histogram.quantile(f"{quantity}.{statistic}", share_of(statistic))


def _exactly(
    name: str, value: float, unit: Literal["ratio", "count", "attempts/call"], n: int
) -> Measurement:
    return Measurement(name=name, value=value, unit=unit, n=n, low=value, high=value)
