"""The panels of the dashboards, as data: each panel's meaning, its PromQL and its unit.

In the expressions SELECT is replaced by label matchers and WINDOW by the span of a rate: in Grafana's dashboards
by variables, in a live page by one run's processes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.model.quantities import DURATIONS
from harness.observe.catalogue import SECONDS_BUCKETS

Unit = Literal["s", "ratio", "1/s", "count", "factor", "bytes", "s/s"]

LATE = f"A failed call is infinitely late: {SECONDS_BUCKETS[-1]:g} s means that failed calls reach the percentile."
CALLS = "surgeline_call_duration_seconds"
ATTEMPTS = "http_client_request_duration_seconds"
BY = "policy, scenario"


@dataclass(frozen=True, slots=True)
class Query:
    """One family of lines; `legend` may name labels as {{label}}."""

    legend: str
    promql: str

    def filled(self, select: str, window: str) -> str:
        """The PromQL with label matchers (`policy="careful"`) and the span of rates (`5s`) filled in."""
        return self.promql.replace("SELECT", select).replace("WINDOW", window)

    def named(self, labels: Mapping[str, str]) -> str:
        """The legend of one line."""
        return re.sub(r"\{\{(\w+)\}\}", lambda name: labels.get(name.group(1), ""), self.legend).strip()


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart, or one number where `headline` is set. `meaning` explains how to read it."""

    title: str
    unit: Unit
    meaning: str
    queries: tuple[Query, ...]
    stacked: bool = False
    headline: bool = False


def rate(metric: str, matchers: str = "SELECT") -> str:
    """Per second, over all processes, by policy and scenario."""
    return f"sum by ({BY}) (rate({metric}{{{matchers}}}[WINDOW]))"


def quantile(q: float, metric: str, by: str = BY) -> str:
    """A quantile of a histogram over all processes."""
    return f"histogram_quantile({q}, sum by ({by}, le) (rate({metric}_bucket{{SELECT}}[WINDOW])))"


def latency_quantile(q: float) -> str:
    """A quantile of latency in which a failed call is infinitely late.

    Of failed calls only the infinite bucket counts, so that a quantile that they reach is the last finite bound; the
    other buckets count as 0, because a histogram needs a finite one.
    """
    within = f'rate({CALLS}_bucket{{SELECT, outcome="ok"}}[WINDOW])'
    late = f'rate({CALLS}_bucket{{SELECT, le="+Inf"}}[WINDOW])'
    buckets = f"{within} or {late} or rate({CALLS}_bucket{{SELECT}}[WINDOW]) * 0"
    return f"histogram_quantile({q}, sum by ({BY}, le) ({buckets}))"


ALL = rate(CALLS + "_count")


def mean_part(metric: str, matchers: str = "SELECT") -> str:
    """Seconds of a part per call: the parts of the anatomy add up to the call."""
    return f"{rate(metric + '_sum', matchers)} / {ALL}"


GOOD = rate(CALLS + "_count", 'SELECT, outcome="ok"')
BAD = rate(CALLS + "_count", 'SELECT, outcome!="ok"')
BAD_RATIO = f"({BAD} or {ALL} * 0) / {ALL}"
AMPLIFICATION = f"{rate(ATTEMPTS + '_count')} / {ALL}"
SATURATION = (
    f"max by ({BY}) ((surgeline_pool_in_use{{SELECT}} + surgeline_pool_waiting{{SELECT}})"
    " / (surgeline_pool_slots{SELECT} > 0))"
)
NAME = "{{policy}}"
WAITS = [
    (part.title, row.histogram)
    for row in DURATIONS
    if row.histogram is not None and not row.histogram.labels
    for part in row.parts
]
"""The parts of a call's latency that are histograms of their own, by their title."""

TRAFFIC = Panel(
    "Calls", "1/s", "All calls and successful calls per second. The gap between the two is what users notice.",
    (Query(NAME + " all", rate(CALLS + "_count")), Query(NAME + " good", GOOD)),
)  # fmt: skip
ERRORS = Panel(
    "Errors by outcome", "1/s", "Failed calls per second, by outcome.",
    (Query(NAME + " {{outcome}}", f'sum by ({BY}, outcome) (rate({CALLS}_count{{SELECT, outcome!="ok"}}[WINDOW]))'),),
    stacked=True,
)  # fmt: skip
LATENCY = Panel(
    "Latency from the scheduled start", "s",
    f"It includes waits for a thread, for a connection and between attempts. {LATE}",
    tuple(Query(f"{NAME} p{round(q * 100)}", latency_quantile(q)) for q in (0.5, 0.95, 0.99)),
)  # fmt: skip
ANATOMY = Panel(
    "Where a call's time goes", "s",
    "Mean seconds until a call ended, failed ones included, by part; the rest is bodies and the client's own work.",
    (
        *(Query(f"{NAME} {part}", mean_part(row.metric)) for part, row in WAITS),
        Query(NAME + " attempts", mean_part(ATTEMPTS)),
        Query(NAME + " backoff, slot free", mean_part("surgeline_backoff_seconds", 'SELECT, slot="free"')),
        Query(NAME + " backoff, slot held", mean_part("surgeline_backoff_seconds", 'SELECT, slot="held"')),
    ),
    stacked=True,
)  # fmt: skip
RETRIES = Panel(
    "Retries by reason", "1/s", "Load that the client itself adds.",
    (Query(NAME + " {{reason}}", f"sum by ({BY}, reason) (rate(surgeline_retries_total{{SELECT}}[WINDOW]))"),),
    stacked=True,
)  # fmt: skip
AMPLIFIED = Panel(
    "Attempts per call", "factor", "1 means no retries; above 1.5 for 10 s the retry-storm alert fires.",
    (Query(NAME, AMPLIFICATION),),
)  # fmt: skip
POOL = Panel(
    "Pool", "count", "If calls wait, the pool needs more slots, or calls must be shorter.",
    tuple(
        Query(f"{NAME} {state.replace('_', ' ')}", f"sum by ({BY}) (surgeline_pool_{state}{{SELECT}})")
        for state in ("in_use", "idle", "waiting", "slots")
    ),
)  # fmt: skip
CLIENT_WAITS = Panel(
    "Waits of the client", "s", "No timeout of requests limits the wait for a pooled connection.",
    tuple(
        Query(f"{NAME} {part} p99", quantile(0.99, row.metric)) for part, row in WAITS if row.each == "call"
    ),
)  # fmt: skip
THROTTLE = Panel(
    "Rate throttle", "1/s", "The most attempts per second that the client sends; absent without a throttle.",
    (Query(NAME, f"sum by ({BY}) (surgeline_throttle_attempts_per_second{{SELECT}})"),),
)  # fmt: skip
LIMITER = Panel(
    "Concurrency limit", "count", "Attempts that may be under way at once, and those that are; only with a limiter.",
    (
        Query(NAME + " limit", f"sum by ({BY}) (surgeline_limiter_limit{{SELECT}})"),
        Query(NAME + " in flight", f"sum by ({BY}) (surgeline_limiter_in_flight{{SELECT}})"),
    ),
)  # fmt: skip
HEDGES = Panel(
    "Hedges", "1/s", "Attempts sent beside an earlier one; those that lost are load without a use.",
    (Query(NAME + " {{result}}", f"sum by ({BY}, result) (rate(surgeline_hedges_total{{SELECT}}[WINDOW]))"),),
    stacked=True,
)  # fmt: skip
ROLLOUT = Panel(
    "Rollout", "ratio",
    "The share of calls that the new policy gets, and the evidence for each decision: one is taken where it reaches 1.",
    (
        Query(NAME + " share", f"max by ({BY}) (surgeline_rollout_share_ratio{{SELECT}})"),
        Query(NAME + " evidence: {{towards}}", f"max by ({BY}, towards) (surgeline_rollout_evidence_ratio{{SELECT}})"),
    ),
)  # fmt: skip
ROLLOUT_BAD = Panel(
    "Bad calls of a rollout", "ratio", "Of the calls of each arm; the rollout compares calls of the same seconds.",
    (
        Query(
            NAME + " {{arm}}",
            f"max by ({BY}, arm) (rate(surgeline_rollout_bad_total{{SELECT}}[WINDOW])"
            " / (rate(surgeline_rollout_calls_total{SELECT}[WINDOW]) > 0))",
        ),
    ),
)  # fmt: skip
SHADOW = Panel(
    "Shadow", "ratio",
    "The evidence that the new policy's responses differ, and that they do not: each is shown where it reaches 1.",
    (
        Query(
            NAME + " evidence: {{towards}}",
            f"max by ({BY}, towards) (surgeline_shadow_evidence_ratio{{SELECT}})",
        ),
        Query(
            NAME + " different, repeated by the {{repeated_by}} policy",
            f"sum by ({BY}, repeated_by) (surgeline_shadow_different_total{{SELECT}})"
            f" / (sum by ({BY}, repeated_by) (surgeline_shadow_repeated_total{{SELECT}}) > 0)",
        ),
    ),
)  # fmt: skip
CHURN = Panel(
    "Connections", "1/s", "A healthy pool opens few connections and discards none.",
    tuple(
        Query(f"{NAME} {kind}", rate(f"surgeline_pool_{kind}_total")) for kind in ("opened", "discarded", "stale")
    ),
)  # fmt: skip
GUARDS = Panel(
    "Breaker, budget, throttle", "ratio", "The guards of the client, as far as the policy has them.",
    (
        Query(NAME + " breaker open", f'max by ({BY}) (surgeline_breaker_state{{SELECT, state="open"}})'),
        Query(NAME + " budget left", f"min by ({BY}) (surgeline_retry_budget_left_ratio{{SELECT}})"),
        Query(NAME + " throttle refuses", f"max by ({BY}) (surgeline_throttle_refusal_ratio{{SELECT}})"),
    ),
)  # fmt: skip
THREADS = Panel(
    "Threads of the service", "count", "Journeys wait while every thread is busy.",
    (
        Query(NAME + " busy", f"sum by ({BY}) (surgeline_threads_busy{{SELECT}})"),
        Query(NAME + " limit", f"sum by ({BY}) (surgeline_threads_limit{{SELECT}})"),
        Query(NAME + " journeys waiting", f"sum by ({BY}) (surgeline_journeys_waiting{{SELECT}})"),
    ),
)  # fmt: skip
UPSTREAM = Panel(
    "Mock upstream", "count", "A queue that grows under steady load shows that the upstream is overloaded.",
    (
        Query(NAME + " queue", "max by (policy, scenario) (surgeline_upstream_queue_depth{SELECT})"),
        Query(NAME + " busy workers", "max by (policy, scenario) (surgeline_upstream_busy_workers{SELECT})"),
    ),
)  # fmt: skip
BURN = Panel(
    "Burn rate of the SLO", "factor", "1 spends the error budget exactly; above 14.4 for a minute an alert pages.",
    (Query(NAME + " {{slo}}", "slo:surgeline_burn_rate:30s{SELECT}"),),
)  # fmt: skip
LATENESS = Panel(
    "Lateness of the generator", "s", "Above 50 ms the measurements are distorted by the generator.",
    (Query(NAME + " p99", quantile(0.99, "surgeline_schedule_lag_seconds")),),
)  # fmt: skip
CPU = Panel(
    "Driver's CPU", "s/s", "Near 1 the driver is the bottleneck: use more processes.",
    (Query("{{instance}}", 'rate(process_cpu_seconds_total{job="surgeline-driver"}[WINDOW])'),),
)  # fmt: skip
MEMORY = Panel(
    "Driver's memory", "bytes", "It grows with the calls in flight, not with the length of the run.",
    (Query("{{instance}}", 'process_resident_memory_bytes{job="surgeline-driver"}'),),
)  # fmt: skip
DESCRIPTORS = Panel(
    "Driver's descriptors", "count", "One per connection, and a few dozen more.",
    (Query("{{instance}}", 'process_open_fds{job="surgeline-driver"}'),),
)  # fmt: skip
HEADLINES = (
    Panel("Good calls", "1/s", "Goodput.", (Query(NAME, GOOD),), headline=True),
    Panel("Error ratio", "ratio", "Failed calls as a share of all calls.", (Query(NAME, BAD_RATIO),), headline=True),
    Panel(
        "p99", "s", f"Latency from the scheduled start. {LATE}", (Query(NAME, latency_quantile(0.99)),), headline=True
    ),
    Panel("Attempts per call", "factor", "Amplification.", (Query(NAME, AMPLIFICATION),), headline=True),
    Panel("Pool saturation", "ratio", "In use and waiting, per slot.", (Query(NAME, SATURATION),), headline=True),
)  # fmt: skip

LIVE = (
    *HEADLINES, TRAFFIC, ERRORS, LATENCY, ANATOMY, RETRIES, AMPLIFIED, POOL, CLIENT_WAITS, CHURN, GUARDS, THROTTLE,
    LIMITER, HEDGES, ROLLOUT, ROLLOUT_BAD, SHADOW, THREADS,
    UPSTREAM, BURN, LATENESS, CPU, MEMORY, DESCRIPTORS,
)  # fmt: skip
ONE_RUN = (
    TRAFFIC, ERRORS, LATENCY, ANATOMY, RETRIES, AMPLIFIED, POOL, CLIENT_WAITS, CHURN, THREADS, LATENESS,
)  # fmt: skip
"""The panels that can be queried for the processes of one run alone, by their addresses."""
COMPARISON = (
    Panel("Good calls", "1/s", "Higher is better, up to the offered rate.", (Query(NAME, GOOD),)),
    Panel("Error ratio", "ratio", "Failed calls as a share of all calls.", (Query(NAME, BAD_RATIO),)),
    *(
        Panel(
            f"p{round(q * 100)}", "s", f"Latency from the scheduled start. {LATE}",
            (Query(NAME, latency_quantile(q)),),
        )
        for q in (0.5, 0.95, 0.99)
    ),
    AMPLIFIED,
    CLIENT_WAITS,
    Panel("Pool saturation", "ratio", "Above 1, calls wait or connections are discarded.", (Query(NAME, SATURATION),)),
    CHURN,
    BURN,
)  # fmt: skip
