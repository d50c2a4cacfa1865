"""One histogram of a Prometheus between two moments: counts by route and outcome at each scrape, and its buckets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np

from harness.analyse.stats.effective_size import Floats
from harness.learn.counter_steps import FEWEST_SCRAPES, CounterSource, ScrapeTimes, Selector, scrapes_of
from harness.learn.scraped_service import ATTEMPTS, CALLS, escaped
from harness.model.errors import PrometheusError
from harness.observe.from_prometheus import ScrapedHistogram
from harness.observe.prometheus_api import NativeHistogram
from harness.observe.service_exporter import SCENARIO

ROUTES, METHODS = ("route", "http_route", "handler", "path"), ("http_request_method", "method")
STATUSES = ("http_response_status_code", "status", "code", "status_code")
_GROUPS = ("outcome", "error_type", *STATUSES, *METHODS, *ROUTES)
_TIMEOUT = "read_timeout"


class HistogramSource(CounterSource, Protocol):
    """The queries to a Prometheus server, with native histograms."""

    def histogram_at(self, expression: str, at_s: float) -> NativeHistogram | None: ...


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one route and outcome in each step, shape (n,)."""

    route: str
    status: int
    failed: bool
    timed_out: bool
    calls: Floats


@dataclass(frozen=True, slots=True)
class ScrapedTraffic:
    """What was counted between neighbouring scrapes.

    `seconds` is the sum of all durations. `histogram` has the durations of all groups; the timed out ones are longer
    than any bound where `knows_timeouts`. `attempts` is None where only calls are counted.
    """

    edges_s: Floats
    groups: tuple[Group, ...]
    seconds: float
    histogram: ScrapedHistogram
    knows_timeouts: bool
    attempts: float | None
    native: bool

    @property
    def calls(self) -> Floats:
        """All calls in each step."""
        total: Floats = np.sum([group.calls for group in self.groups], axis=0)
        return total


def of_service(service: str) -> Selector:
    """The calls of a service that exports surgeline's metrics."""
    return Selector(CALLS, f'policy="{escaped(service)}",scenario="{SCENARIO}"')


def scraped_traffic(
    source: HistogramSource, metric: Selector, start_s: float, end_s: float
) -> ScrapedTraffic:
    """Reads a classic histogram, or a native one of the same name. Raises PrometheusError for fewer than 20 scrapes."""
    native, found = False, scrapes_of(source, metric.of("_count"), start_s, end_s)
    if found[0] is None:
        native, found = True, scrapes_of(source, metric.of(), start_s, end_s)
    scrapes, count = found
    if scrapes is None or count < FEWEST_SCRAPES:
        problem = (
            f"has {count} scrapes of the histogram {metric} in this time; at least {FEWEST_SCRAPES} are needed, so name"
            " it with --metric (or the service with --service), or a longer --range"
        )
        raise PrometheusError("Prometheus", "", problem)
    reader = _TrafficReader(source, metric, scrapes, native=native)
    groups = tuple(reader.groups())
    if not sum(group.calls.sum() for group in groups):
        raise PrometheusError(
            "Prometheus", "", f"has no calls of {metric} in this time; give another --range"
        )
    late = float(sum(group.calls.sum() for group in groups if group.timed_out))
    knows = any("outcome" in labels for labels, _ in reader.counted())
    return ScrapedTraffic(
        scrapes.edges_s,
        groups,
        reader.total("_sum"),
        reader.histogram(groups, late),
        knows,
        reader.attempts(),
        native,
    )


@dataclass(frozen=True, slots=True)
class _TrafficReader:
    source: HistogramSource
    metric: Selector
    scrapes: ScrapeTimes
    native: bool

    def counted(self) -> Sequence[tuple[Mapping[str, str], Floats]]:
        """The calls in each step by the labels that name routes and outcomes."""
        return self._rises("_count", f"sum by ({', '.join(_GROUPS)})")

    def groups(self) -> Sequence[Group]:
        """The same, as far as the labels say what they are."""
        return [_group(labels, calls) for labels, calls in self.counted() if calls.sum()]

    def total(self, suffix: str) -> float:
        """The rise of the count or the sum over all steps."""
        return float(sum(rise.sum() for _, rise in self._rises(suffix, "sum")))

    def histogram(self, groups: Sequence[Group], late: float) -> ScrapedHistogram:
        """The durations, in which timed out calls are longer than any bound.

        Prometheus extrapolates each bucket by the same factor, so the counts are scaled to those of the groups.
        """
        begin_s, end_s = float(self.scrapes.edges_s[0]), float(self.scrapes.edges_s[-1])
        matchers = f'outcome!="{_TIMEOUT}"'
        window = f"[{round(end_s - begin_s)}s]"
        if self.native:
            found = self.source.histogram_at(f"sum(increase({self.metric.of('', matchers)}{window}))", end_s)
            counts = found.cumulative() if found is not None else {}
        else:
            expression = f"sum by (le) (increase({self.metric.of('_bucket', matchers)}{window}))"
            lines = self.source.at(expression, end_s)
            counts = dict(
                sorted((float(line.labels["le"]), line.last) for line in lines if "le" in line.labels)
            )
        whole = float(sum(group.calls.sum() for group in groups)) - late
        top = counts.get(inf, 0.0)
        factor = whole / top if top else 0.0
        return ScrapedHistogram(tuple(counts), tuple(count * factor for count in counts.values()), late)

    def attempts(self) -> float | None:
        """The attempts of the service; only surgeline's metrics count calls and attempts apart."""
        if self.metric.name != CALLS:
            return None
        counted = Selector(ATTEMPTS, self.metric.matchers).of("_count")
        found = self.scrapes.increases(self.source, f"sum({counted})")
        return float(sum(rise.sum() for _, rise in found)) or None

    def _rises(self, suffix: str, by: str) -> Sequence[tuple[Mapping[str, str], Floats]]:
        inner = f"histogram{suffix}({self.metric.of()})" if self.native else self.metric.of(suffix)
        return self.scrapes.increases(self.source, f"{by} ({inner})")


def _group(labels: Mapping[str, str], calls: Floats) -> Group:
    route = next((labels[name] for name in ROUTES if labels.get(name)), "")
    method = next((labels[name] for name in METHODS if labels.get(name)), "")
    text = next((labels[name] for name in STATUSES if labels.get(name)), "")
    status = int(text) if text.isdecimal() and len(text) == 3 else 0
    outcome = labels.get("outcome", "")
    failed = outcome != "ok" if outcome else status >= 400 or bool(labels.get("error_type"))
    return Group(f"{method} {route}".strip(), status, failed, outcome == _TIMEOUT, calls)
