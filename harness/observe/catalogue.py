"""The table of metrics: the name, unit, labels and meaning of each exported metric.

The exporter, docs/reference/metrics.md and the tests of rules and panels are made from it. A metric that
OpenTelemetry's semantic conventions define has their name, as Prometheus spells it (`http.client.request.duration`).
The process's own metrics are those of every Prometheus client library. The rest begin with `surgeline_`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.model.quantities import DURATIONS

Kind = Literal["counter", "gauge", "histogram"]

# 1 ms to 60 s: dense in the range of SLOs, with one bucket above each common timeout.
SECONDS_BUCKETS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5,
    0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 60.0,
)  # fmt: skip

RUN_LABELS = ("policy", "scenario")


@dataclass(frozen=True, slots=True)
class Label:
    """A label, and the bound on its values: `at_most` different ones in one process."""

    name: str
    at_most: int
    values: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table. `labels` come after the run's own, policy and scenario; `unit` is a base unit."""

    name: str
    kind: Kind
    unit: str
    help: str
    labels: tuple[str, ...] = ()


LABELS: tuple[Label, ...] = (
    Label("policy", 1, "The policy's name."),
    Label("scenario", 1, "The scenario's name."),
    Label(
        "route", 41,
        "A call's `name=`, or its path with `{id}` for what looks like one. The first 40 count; then `(other)`.",
    ),
    Label("outcome", 32, "How a call ended; the enumeration `Outcome` is closed."),
    Label("reason", 41, "The cause of a retry: a status, an outcome, or `redirect`."),
    Label("result", 2, "`won` when the call has the hedge's result, else `lost`."),
    Label("cause", 11, "Why no hedge was sent; the enumeration `NotHedged` is closed."),
    Label("slot", 2, "`held` when the client slept while it occupied its connection's slot, else `free`."),
    Label("slo", 12, "A threshold of the scenario, as it is written there; the first twelve."),
    Label("state", 3, "`closed`, `half-open` or `open`."),
    Label("arm", 2, "`canary` for the calls of a rollout's new policy, `baseline` for those of the old one."),
    Label("decision", 4, "`comparing`, `promoted`, `rolled back` or `inconclusive`."),
    Label(
        "towards", 5,
        "What evidence speaks for: `rollback`, `limit` (a broken limit) or `promotion`; of a shadow `difference` or "
        "`no difference`.",
    ),
    Label("repeated_by", 2, "`new` where a shadow's new policy repeated a call, `old` where the old one did."),
    Label("fault", 40, "A fault's name in the scenario's timeline."),
    Label("lever", 41, "The kind of the lever."),
    Label("http_request_method", 10, "OpenTelemetry `http.request.method`; `_OTHER` for methods that HTTP lacks."),
    Label("http_response_status_code", 41, "OpenTelemetry `http.response.status_code`; empty without a response."),
    Label("error_type", 41, "OpenTelemetry `error.type`: a status from 400 on, or the failure; empty for a success."),
    Label("run", 1, "The run's id; on `surgeline_run_info` alone."),
    Label("seed", 1, "The run's seed."),
    Label("version", 1, "surgeline's version."),
)  # fmt: skip

METRICS: tuple[Metric, ...] = (
    *(
        Metric(row.histogram.metric, "histogram", "seconds", row.histogram.help, row.histogram.labels)
        for row in DURATIONS
        if row.histogram is not None
    ),
    Metric(
        "http_client_request_duration_seconds", "histogram", "seconds",
        "Time of one attempt, from obtaining a connection to the response's head or the failure.",
        ("http_request_method", "http_response_status_code", "error_type"),
    ),
    Metric(
        "surgeline_retries_total", "counter", "attempts",
        "Attempts after a call's first, by cause.", ("reason",),
    ),
    Metric(
        "surgeline_slo_calls_total", "counter", "calls",
        "Calls to which a threshold of the scenario applies: all, or those of its route.", ("slo",),
    ),
    Metric(
        "surgeline_slo_bad_total", "counter", "events",
        "Bad events of a threshold of the scenario: slow or failed calls, or attempts beyond the first.", ("slo",),
    ),
    Metric(
        "surgeline_slo_budget_ratio", "gauge", "ratio",
        "How many bad events per call a threshold allows.", ("slo",),
    ),
    Metric("surgeline_threads_busy", "gauge", "threads", "Threads of the service that serve a journey."),
    Metric("surgeline_threads_limit", "gauge", "threads", "Threads that the service has."),
    Metric("surgeline_journeys_waiting", "gauge", "journeys", "Journeys that wait for a free thread."),
    Metric("surgeline_pool_in_use", "gauge", "connections", "Connections in use, from a call's get to its return."),
    Metric("surgeline_pool_idle", "gauge", "connections", "Idle open connections in a pool."),
    Metric("surgeline_pool_waiting", "gauge", "calls", "Calls waiting for a pooled connection."),
    Metric("surgeline_pool_slots", "gauge", "connections", "Slots of all pools, pool_maxsize over the hosts."),
    Metric("surgeline_pool_opened_total", "counter", "connections", "Connections opened."),
    Metric(
        "surgeline_pool_discarded_total", "counter", "connections",
        "Open connections discarded because their pool was full.",
    ),
    Metric(
        "surgeline_pool_stale_total", "counter", "connections",
        "Idle connections in a pool that turned out to be dead.",
    ),
    Metric("surgeline_breaker_state", "gauge", "", "1 for the state that the worst breaker is in.", ("state",)),
    Metric(
        "surgeline_retry_budget_left_ratio", "gauge", "ratio",
        "Remaining share of the retry budget; 1 is all of it, at 0 retries are refused.",
    ),
    Metric(
        "surgeline_throttle_refusal_ratio", "gauge", "ratio",
        "Share of attempts that the adaptive throttle currently refuses.",
    ),
    Metric(
        "surgeline_throttle_attempts_per_second", "gauge", "attempts per second",
        "Attempts per second that the strictest rate throttle allows.",
    ),
    Metric(
        "surgeline_limiter_limit", "gauge", "attempts",
        "Concurrent attempts that the limiters of all hosts allow together.",
    ),
    Metric(
        "surgeline_limiter_in_flight", "gauge", "attempts",
        "Concurrent attempts to the hosts that have a limiter.",
    ),
    Metric(
        "surgeline_hedges_total", "counter", "attempts",
        "Attempts sent beside an earlier one of the same request, by whether they gave the result.", ("result",),
    ),
    Metric(
        "surgeline_hedges_not_sent_total", "counter", "attempts",
        "Attempts without a hedge, although one was due or the request could not be hedged, by cause.", ("cause",),
    ),
    Metric(
        "surgeline_hedge_delay_seconds", "gauge", "seconds",
        "The longest delay over all hosts after which a hedge is sent; only with hedging.",
    ),
    Metric(
        "surgeline_fault_active", "gauge", "",
        "1 while a fault of the scenario's timeline is on; for annotations.", ("fault",),
    ),
    Metric(
        "surgeline_levers_pulled_total", "counter", "levers",
        "Levers pulled while the run was live; for annotations.", ("lever",),
    ),
    Metric(
        "surgeline_policy_reloads_total", "counter", "reloads",
        "Changed policies that a live service has taken from its file.",
    ),
    Metric(
        "surgeline_policy_reloads_refused_total", "counter", "reloads",
        "Changed policy files that could not be used, so that the old policy stayed.",
    ),
    Metric(
        "surgeline_rollout_share_ratio", "gauge", "ratio",
        "Share of the calls that a rollout sends by the new policy; absent without a rollout.",
    ),
    Metric(
        "surgeline_rollout_decision", "gauge", "",
        "1 for the state that the rollout is in.", ("decision",),
    ),
    Metric(
        "surgeline_rollout_steps_passed_total", "counter", "steps",
        "Steps of the rollout's plan that the new policy has passed.",
    ),
    Metric(
        "surgeline_rollout_calls_total", "counter", "calls",
        "Calls of a rollout that were compared, by arm.", ("arm",),
    ),
    Metric(
        "surgeline_rollout_bad_total", "counter", "calls",
        "Calls of a rollout that failed or were slower than the plan's limit, by arm.", ("arm",),
    ),
    Metric(
        "surgeline_rollout_evidence_ratio", "gauge", "ratio",
        "Logarithm of the evidence over that of what a decision needs: at 1 it is taken.", ("towards",),
    ),
    Metric(
        "surgeline_rollout_fallbacks_total", "counter", "calls",
        "Calls that went through the old policy because the new one's Session broke.",
    ),
    Metric(
        "surgeline_shadow_repeated_total", "counter", "calls",
        "Calls that a shadow has repeated and compared, by who repeated them.", ("repeated_by",),
    ),
    Metric(
        "surgeline_shadow_different_total", "counter", "calls",
        "Repeated calls that failed or whose response differed from the first one.", ("repeated_by",),
    ),
    Metric(
        "surgeline_shadow_dropped_total", "counter", "calls",
        "Calls that a shadow did not repeat, because its queue was full.",
    ),
    Metric(
        "surgeline_shadow_evidence_ratio", "gauge", "ratio",
        "Logarithm of the evidence over that of what is needed: at 1 it is shown. That of a difference is the highest.",
        ("towards",),
    ),
    Metric("surgeline_run_info", "gauge", "", "1, with the run's identity as labels.", ("run", "seed", "version")),
)  # fmt: skip

PROCESS_METRICS: tuple[Metric, ...] = (
    Metric("process_cpu_seconds_total", "counter", "seconds", "CPU time of the driver process."),
    Metric("process_resident_memory_bytes", "gauge", "bytes", "Resident memory of the driver process."),
    Metric("process_virtual_memory_bytes", "gauge", "bytes", "Virtual memory of the driver process."),
    Metric("process_open_fds", "gauge", "descriptors", "Open file descriptors of the driver process."),
    Metric("process_max_fds", "gauge", "descriptors", "Largest number of file descriptors that it may open."),
    Metric("process_start_time_seconds", "gauge", "seconds", "When the driver process began, in Unix time."),
)
"""Exported by prometheus_client's own collector, without the run's labels."""

BY_NAME = {metric.name: metric for metric in (*METRICS, *PROCESS_METRICS)}
LABEL_BY_NAME = {label.name: label for label in LABELS}
