"""The upstream's own metrics, in Prometheus's text format."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from mock_upstream.telemetry.delay_error import BOUNDS_S, DelayErrors

PREFIX = "surgeline_upstream_"
GAUGES = {
    "queue_depth": ("queue_depth", "Requests that wait for a worker."),
    "busy_workers": ("busy_workers", "Workers that are busy."),
    "in_flight": ("in_flight", "Requests that have arrived and have no response yet."),
    "connections": ("connections", "Open client connections."),
    "loop_lag_seconds": ("loop_lag_s", "Delay of the event loop's timers."),
    "faults_on": ("faults_on", "Active faults."),
}
"""Each gauge with its key in the upstream's state, and its meaning."""


class CountedRegion(Protocol):
    """The counters of one region: its attempts by status and fault, and the errors of its delays."""

    name: str
    outcomes: Counter[tuple[int, str]]
    delay_errors: DelayErrors


def exposition(state: Mapping[str, Any], regions: Sequence[CountedRegion]) -> str:
    """Return all metrics as text, from the upstream's state and its regions."""
    registry = CollectorRegistry()
    registry.register(_View(state, regions))
    return generate_latest(registry).decode()


class _View(Collector):
    def __init__(self, state: Mapping[str, Any], regions: Sequence[CountedRegion]) -> None:
        self._state, self._regions = state, regions

    def collect(self) -> Iterable[Metric]:
        """Yield every metric with its current values."""
        yield self._requests()
        yield self._delay_errors()
        for name, (key, meaning) in GAUGES.items():
            yield GaugeMetricFamily(PREFIX + name, meaning, value=float(self._state[key]))
        meaning = "Requests whose client disconnected while they waited or were processed."
        yield CounterMetricFamily(PREFIX + "abandoned", meaning, value=float(self._state["abandoned"]))

    def _requests(self) -> Metric:
        family = CounterMetricFamily(
            PREFIX + "requests", "Attempts that have ended.", labels=("region", "status", "fault")
        )
        for region in self._regions:
            for (status, fault), n in sorted(region.outcomes.copy().items()):
                family.add_metric((region.name, str(status), fault), n)
        return family

    def _delay_errors(self) -> Metric:
        family = HistogramMetricFamily(PREFIX + "delay_error_seconds", "Actual minus intended delay.")
        counts = [sum(column) for column in zip(*(r.delay_errors.counts for r in self._regions), strict=True)]
        bounds = [*map(str, BOUNDS_S), "+Inf"]
        buckets = [(bound, float(n)) for bound, n in zip(bounds, accumulate(counts), strict=True)]
        family.add_metric((), buckets, sum(region.delay_errors.total_s for region in self._regions))
        return family
