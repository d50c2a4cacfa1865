"""From a histogram of a Prometheus to rates, percentiles to the bucket, errors and retries.

Histograms do not show which calls overlapped: workers are not estimated from them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from harness.analyse.learning.rate_curve import scraped_curve
from harness.analyse.learning.shares import share_of_counts
from harness.learn.counter_steps import Selector
from harness.learn.scraped_service import quantiles_of
from harness.learn.scraped_traffic import Group, HistogramSource, ScrapedTraffic, scraped_traffic
from harness.model.errors import PrometheusError
from harness.model.formatting import format_value
from harness.model.learned import Learned, LearnedArrivals, LearnedRoute, Unknown
from harness.model.quantile import share_of
from harness.model.verdict import Measurement
from mock_upstream.profile import EmpiricalTime

STATISTICS, SERVICE_VALUES, LONGEST_S, MOST_ROUTES = ("p50", "p95", "p99"), 200, 600.0, 30
CLASSIC, NATIVE = "Prometheus, a classic histogram", "Prometheus, a native histogram"


def learn_scraped(source: HistogramSource, metric: Selector, start_s: float, end_s: float) -> Learned:
    """The estimates from a histogram of calls between two moments. Raises PrometheusError."""
    found = scraped_traffic(source, metric, start_s, end_s)
    total = float(found.calls.sum())
    response = tuple(found.histogram.quantile(f"response.{name}", share_of(name)) for name in STATISTICS)
    values_s = quantiles_of(_single(found), SERVICE_VALUES)
    if not values_s:
        raise PrometheusError(
            "Prometheus", "", f"has no buckets of {metric} in this time; give another --range"
        )
    late = sum((group.calls for group in found.groups if group.timed_out), 0.0 * found.calls)
    return Learned(
        kind=NATIVE if found.native else CLASSIC, files=(str(metric),), requests=round(total), skipped_lines=0,
        first_s=float(found.edges_s[0]), last_s=float(found.edges_s[-1]), arrivals=_arrivals(found),
        workers=None, load=None, service=(), law=EmpiricalTime(distribution="empirical", values_s=values_s),
        law_distance=0.0, response=response,
        timed_out=share_of_counts("timed_out", late, found.calls) if found.knows_timeouts else None,
        attempts_per_call=_attempts(found, total), routes=tuple(_routes(found)), unknown=tuple(_unknowns(found)),
    )  # fmt: skip


def _arrivals(found: ScrapedTraffic) -> LearnedArrivals:
    """Of the busiest ten minutes, when the time is longer."""
    step_s = float(np.diff(found.edges_s).mean())
    size = max(1, min(len(found.calls), int(LONGEST_S / step_s)))
    sums = np.convolve(found.calls, np.ones(size), "valid")
    first = int(np.argmax(sums))
    curve = scraped_curve(found.calls[first : first + size], step_s)
    return LearnedArrivals(
        mean=curve.mean, rates_per_s=curve.rates_per_s, step_s=curve.step_s, dispersion=round(curve.dispersion, 3),
        kind="poisson", first_s=float(found.edges_s[first]),
    )  # fmt: skip


def _single(found: ScrapedTraffic) -> dict[float, float]:
    """The count of each bucket alone; those of timeouts are beyond the last bound."""
    counts = (0.0, *found.histogram.counts)
    return {
        bound: high - low for bound, (low, high) in zip(found.histogram.bounds, pairwise(counts), strict=True)
    }


def _attempts(found: ScrapedTraffic, total: float) -> Measurement | None:
    if found.attempts is None:
        return None
    value = found.attempts / total
    return Measurement(
        name="amplification", value=value, unit="attempts/call", n=round(total), low=value, high=value
    )


def _routes(found: ScrapedTraffic) -> Iterator[LearnedRoute]:
    """The most frequent routes; a call without a label of a route is one of `GET /`."""
    groups = defaultdict[str, list[Group]](list)
    for group in found.groups:
        groups[group.route or "GET /"].append(group)
    ordered = sorted(groups, key=lambda route: -sum(float(each.calls.sum()) for each in groups[route]))
    for route in ordered[:MOST_ROUTES]:
        calls = np.sum([each.calls for each in groups[route]], axis=0)
        failed = sum((each.calls for each in groups[route] if each.failed), 0.0 * calls)
        yield LearnedRoute(
            route=route, share=share_of_counts("share", calls, found.calls),
            errors=share_of_counts("errors", failed, calls), statuses=_statuses(groups[route], float(calls.sum())),
        )  # fmt: skip


def _statuses(groups: Sequence[Group], total: float) -> tuple[tuple[int, float], ...]:
    counts = defaultdict[int, float](float)
    for each in groups:
        if each.status >= 400:
            counts[each.status] += float(each.calls.sum())
    return tuple((status, round(count / total, 6)) for status, count in sorted(counts.items()))


def _unknowns(found: ScrapedTraffic) -> Iterator[Unknown]:
    span_s = float(found.edges_s[-1] - found.edges_s[0])
    busy = found.seconds / span_s
    why = (
        f"it is known only weakly: {format_value(busy, 'count')} calls were under way on average (rate × mean"
        " latency), and histograms do not show how many of them waited"
    )
    yield Unknown(quantity="number of workers", why=why)
    why = "the response times are used in their place, with what calls waited"
    yield Unknown(quantity="service times", why=why)
    scrape_s = format_value(float(np.diff(found.edges_s).mean()), "s")
    why = f"counters were read every {scrape_s}; arrivals at random (a Poisson process) are written"
    yield Unknown(quantity="how calls come between two scrapes", why=why)
    yield Unknown(
        quantity="times within a bucket",
        why="percentiles are interpolated in their bucket, and the interval is the bucket",
    )
    if found.attempts is None:
        yield Unknown(quantity="retries", why="this metric does not count calls and attempts apart")
    if not any(group.status >= 400 for group in found.groups) and any(group.failed for group in found.groups):
        yield Unknown(
            quantity="statuses of errors", why="the metric has no label of a status, so no fault is written"
        )
    if found.edges_s[-1] - found.edges_s[0] > LONGEST_S:
        yield Unknown(quantity="arrivals of the whole time", why="the busiest ten minutes of it are written")
