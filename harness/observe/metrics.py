"""One table of metrics: what is exported, in which unit, with which labels, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# 1 ms to 60 s: dense where SLOs lie, and one bucket past each of the usual timeouts.
SECONDS_BUCKETS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5,
    0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 60.0,
)  # fmt: skip

RUN_LABELS = ("policy", "scenario")


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table. `labels` come after the run's own, policy and scenario; all sets are bounded."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    help: str
    labels: tuple[str, ...] = ()


METRICS: tuple[Metric, ...] = (
    Metric(
        "surgeline_call_duration_seconds", "histogram", "s",
        "Time of one logical request from its scheduled start to its end.", ("route", "outcome"),
    ),
    Metric(
        "surgeline_thread_wait_seconds", "histogram", "s",
        "Time a journey waited for a free thread of the service.",
    ),
    Metric(
        "surgeline_schedule_lag_seconds", "histogram", "s",
        "Time by which the load generator itself started a journey late.",
    ),
    Metric(
        "surgeline_pool_wait_seconds", "histogram", "s",
        "Time of one call spent waiting for a pooled connection, over all its attempts.",
    ),
    Metric(
        "surgeline_attempt_duration_seconds", "histogram", "s",
        "Time of one try on the wire, from having a connection to the response's head or the failure.", ("result",),
    ),
    Metric(
        "surgeline_backoff_seconds", "histogram", "s",
        "Time slept between two attempts; slot=held kept its connection's slot meanwhile.", ("slot",),
    ),
    Metric("surgeline_retries_total", "counter", "", "Attempts after a call's first, by what caused them.", ("reason",)),
    Metric("surgeline_pool_in_use", "gauge", "", "Connections handed out and not yet given back."),
    Metric("surgeline_pool_idle", "gauge", "", "Open connections lying in a pool."),
    Metric("surgeline_pool_waiting", "gauge", "", "Calls waiting for a pooled connection."),
    Metric("surgeline_pool_slots", "gauge", "", "Slots of all pools, pool_maxsize over the hosts."),
    Metric("surgeline_pool_opened_total", "counter", "", "Connections opened."),
    Metric("surgeline_pool_discarded_total", "counter", "", "Open connections thrown away because their pool was full."),
    Metric("surgeline_run_info", "gauge", "", "1, with the run's identity as labels.", ("run", "seed", "version")),
)  # fmt: skip

BY_NAME = {metric.name: metric for metric in METRICS}
