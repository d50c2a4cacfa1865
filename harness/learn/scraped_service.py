"""The counters of one live service as a Prometheus scraped them, between two moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

import numpy as np

from harness.analyse.stats.effective_size import Floats
from harness.learn.counter_steps import FEWEST_SCRAPES, CounterSource, ScrapeTimes, scrapes_of
from harness.model.errors import PrometheusError
from harness.observe.service_exporter import SCENARIO

CALLS, ATTEMPTS = "surgeline_call_duration_seconds", "http_client_request_duration_seconds"


@dataclass(frozen=True, slots=True)
class ScrapedService:
    """What was counted between neighbouring scrapes: arrays of shape (n,), between the n + 1 moments `edges_s`.

    `statuses` and `buckets` are counts by the response's status and by the histogram's bound in seconds (not
    cumulative); `bad` and `budgets` are by the text of a threshold.
    """

    edges_s: Floats
    calls: Floats
    failed: Floats
    seconds: Floats
    statuses: Mapping[str, Floats]
    buckets: Mapping[float, Floats]
    judged: Mapping[str, Floats]
    bad: Mapping[str, Floats]
    budgets: Mapping[str, float]
    alerts: tuple[str, ...]

    @property
    def steps_s(self) -> Floats:
        """Seconds from each scrape to the next one."""
        return np.diff(self.edges_s)

    @property
    def scrape_s(self) -> float:
        """The same on average."""
        return float(self.steps_s.mean())


def scraped_service(source: CounterSource, service: str, start_s: float, end_s: float) -> ScrapedService:
    """Reads a service's counters. Raises PrometheusError when there are fewer than 20 scrapes of it."""
    labels = f'{{policy="{escaped(service)}",scenario="{SCENARIO}"}}'
    scrapes, count = scrapes_of(source, f"{CALLS}_count{labels}", start_s, end_s)
    if scrapes is None or count < FEWEST_SCRAPES:
        problem = (
            f'has {count} scrapes of policy="{service}", scenario="{SCENARIO}" in this time; at least'
            f" {FEWEST_SCRAPES} are needed, so name the service with --service, or a longer time"
        )
        raise PrometheusError("Prometheus", "", problem)
    edges_s = scrapes.edges_s
    found = _Counters(source, scrapes, labels)
    by_outcome, bounds = found.by(f"{CALLS}_count", "outcome"), found.by(f"{CALLS}_bucket", "le")
    calls = found.sum(by_outcome)
    return ScrapedService(
        edges_s, calls, calls - by_outcome.get("ok", 0.0 * calls), found.sum(found.by(f"{CALLS}_sum", "policy")),
        found.by(f"{ATTEMPTS}_count", "http_response_status_code"), _single(bounds),
        found.by("surgeline_slo_calls_total", "slo"), found.by("surgeline_slo_bad_total", "slo"),
        found.last("surgeline_slo_budget_ratio", "slo"), _alerts(source, start_s, end_s, scrapes.step_s),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Counters:
    source: CounterSource
    scrapes: ScrapeTimes
    labels: str

    def by(self, metric: str, label: str) -> dict[str, Floats]:
        """The rise of a counter in each step, by one label."""
        found = self.scrapes.increases(self.source, f"sum by ({label}) ({metric}{self.labels})")
        return {labels.get(label, ""): rise for labels, rise in found}

    def last(self, metric: str, label: str) -> dict[str, float]:
        """The last value of a gauge by one label."""
        lines = self.source.at(f"max by ({label}) ({metric}{self.labels})", float(self.scrapes.edges_s[-1]))
        return {line.labels.get(label, ""): line.last for line in lines}

    def sum(self, parts: Mapping[str, Floats]) -> Floats:
        """The increases of all label values together."""
        total: Floats = np.zeros(len(self.scrapes.edges_s) - 1)
        return total + sum(parts.values(), total)


def _single(cumulative: Mapping[str, Floats]) -> dict[float, Floats]:
    """Counts of each bucket alone, in ascending order of bounds."""
    ordered = sorted((float(bound), counts) for bound, counts in cumulative.items())
    below = [0.0 * ordered[0][1], *(counts for _, counts in ordered[:-1])] if ordered else []
    return {bound: counts - less for (bound, counts), less in zip(ordered, below, strict=True)}


def quantiles_of(buckets: Mapping[float, float], count: int) -> tuple[float, ...]:
    """Values in equal steps of their rank, interpolated within the buckets; those beyond the last bound are at it."""
    bounds = [bound for bound in buckets if bound < inf]
    known = np.cumsum([buckets[bound] for bound in bounds])
    total = known[-1] + buckets.get(inf, 0.0) if len(known) else 0.0
    if not total:
        return ()
    ranks = (np.arange(count) + 0.5) / count * total
    found = np.interp(ranks, [0.0, *known], [0.0, *bounds])
    return tuple(float(f"{value:.4g}") for value in found)


def _alerts(source: CounterSource, start_s: float, end_s: float, step_s: float) -> tuple[str, ...]:
    lines = source.over('max by (alertname) (ALERTS{alertstate="firing"})', start_s, end_s, step_s)
    return tuple(sorted(line.labels.get("alertname", "") for line in lines))


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
