"""Counters, gauges and histograms that cost little per call and little per scrape.

A driver has one thread for its load and its exporter: calls wait while the exporter works. prometheus_client
formats every line anew in each scrape and walks through a histogram's buckets in each observation; here a
line's beginning is written once, and the bucket is found by bisection. benchmarks/metrics_cost.py measures
both, and a contract test checks that the text is the same. Only for use from one thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from harness.observe.catalogue import SECONDS_BUCKETS, Metric

BOUNDS = (*SECONDS_BUCKETS, float("inf"))


class Value:
    """A counter's or a gauge's value."""

    __slots__ = ("_head", "value")

    def __init__(self, name: str, labels: str) -> None:
        self.value = 0.0
        self._head = f"{name}{{{labels}}} "

    def add(self, amount: float = 1.0) -> None:
        """Counts up."""
        self.value += amount

    def lines(self) -> Iterator[str]:
        """Its line of the text format."""
        yield f"{self._head}{self.value}"


class Histogram:
    """Observations in seconds, counted by bucket."""

    __slots__ = ("_heads", "_tails", "counts", "total_s")

    def __init__(self, name: str, labels: str) -> None:
        self.counts = [0] * len(BOUNDS)
        self.total_s = 0.0
        self._heads = [f'{name}_bucket{{{labels},le="{_bound(bound)}"}} ' for bound in BOUNDS]
        self._tails = f"{name}_count{{{labels}}} ", f"{name}_sum{{{labels}}} "

    def observe(self, seconds: float) -> None:
        """Counts one observation; a bucket holds what is at most its bound."""
        self.counts[bisect_left(SECONDS_BUCKETS, seconds)] += 1
        self.total_s += seconds

    def lines(self) -> Iterator[str]:
        """Its lines of the text format; buckets are cumulative."""
        cumulative = list(accumulate(self.counts))
        for head, count in zip(self._heads, cumulative, strict=True):
            yield f"{head}{count}.0"
        count_head, sum_head = self._tails
        yield f"{count_head}{cumulative[-1]}.0"
        yield f"{sum_head}{self.total_s}"


class Family:
    """One metric with a child for each combination of its labels' values."""

    def __init__(self, metric: Metric, run_labels: dict[str, str]) -> None:
        self.metric = metric
        self._run_labels = run_labels
        self._children: dict[tuple[str, ...], Value | Histogram] = {}

    def value(self, *labels: str) -> Value:
        """The counter or gauge with these values of the metric's labels."""
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = Value(self.metric.name, self._text(labels))
        assert isinstance(child, Value)  # noqa: S101
        return child

    def histogram(self, *labels: str) -> Histogram:
        """The histogram with these values of the metric's labels."""
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = Histogram(self.metric.name, self._text(labels))
        assert isinstance(child, Histogram)  # noqa: S101
        return child

    def forget(self, *labels: str) -> None:
        """Removes a child, if it exists, because its value is no longer valid."""
        self._children.pop(labels, None)

    def lines(self) -> Iterator[str]:
        """The family in Prometheus' text format, version 0.0.4; nothing while it has no child."""
        if not self._children:
            return
        # OpenMetrics names a counter without its suffix, the text format with it.
        yield f"# HELP {self.metric.name} {self.metric.help}"
        yield f"# TYPE {self.metric.name} {self.metric.kind}"
        for child in self._children.values():
            yield from child.lines()

    def _text(self, values: tuple[str, ...]) -> str:
        labels = {**self._run_labels, **dict(zip(self.metric.labels, values, strict=True))}
        return ",".join(f'{name}="{escape_label(value)}"' for name, value in labels.items())


def escape_label(text: str) -> str:
    """A label's value, escaped for the text format."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _bound(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(bound)
