"""Fills the table of metrics from calls and pools, and serves it on a loopback port."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.process_collector import ProcessCollector

from harness.model.call import Call
from harness.observe.metrics import BY_NAME, METRICS, RUN_LABELS, SECONDS_BUCKETS


class PoolReading(Protocol):
    """What the exporter asks of the pools towards one host."""

    @property
    def maxsize(self) -> int: ...
    @property
    def idle(self) -> int: ...
    @property
    def in_use(self) -> int: ...
    @property
    def waiting(self) -> int: ...

    opened: int
    discarded: int


class Exporter:
    """The metrics of one process. `calls` are counted as they end, pools when they are sampled."""

    def __init__(self, policy: str, scenario: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._run = (policy, scenario)
        self._metrics: dict[str, Any] = {m.name: self._make(m.name) for m in METRICS}
        self._children: dict[tuple[str, ...], Any] = {}
        self._counted = {"surgeline_pool_opened_total": 0, "surgeline_pool_discarded_total": 0}

    def _make(self, name: str) -> Counter | Gauge | Histogram:
        metric = BY_NAME[name]
        labels = (*RUN_LABELS, *metric.labels)
        if metric.kind == "histogram":
            return Histogram(name, metric.help, labels, registry=self.registry, buckets=SECONDS_BUCKETS)
        kind = Counter if metric.kind == "counter" else Gauge
        return kind(name, metric.help, labels, registry=self.registry)

    def _child(self, name: str, *labels: str) -> Any:
        key = (name, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._metrics[name].labels(*self._run, *labels)
        return child

    def call(self, call: Call) -> None:
        """Counts one ended call with its attempts."""
        child = self._child
        child("surgeline_call_duration_seconds", call.route, call.outcome.value).observe(call.latency_s)
        if call.step == 0:
            child("surgeline_thread_wait_seconds").observe(call.thread_wait_s)
            child("surgeline_schedule_lag_seconds").observe(call.schedule_lag_s)
        pool_wait_s = 0.0
        for attempt in call.attempts:
            pool_wait_s += attempt.pool_wait_s
            result = str(attempt.status) if attempt.status else attempt.error or "none"
            child("surgeline_attempt_duration_seconds", result).observe(attempt.first_byte_s)
            if attempt.reason:
                child("surgeline_retries_total", attempt.reason).inc()
                child("surgeline_backoff_seconds", "held" if attempt.backoff_held else "free").observe(
                    attempt.backoff_s
                )
        child("surgeline_pool_wait_seconds").observe(pool_wait_s)

    def pools(self, readings: Iterable[PoolReading]) -> None:
        """Sets the pools' gauges from the per-host readings (in_use, idle, waiting, maxsize, opened, discarded)."""
        pools = list(readings)
        for state in ("in_use", "idle", "waiting"):
            self._child(f"surgeline_pool_{state}").set(sum(getattr(p, state) for p in pools))
        self._child("surgeline_pool_slots").set(sum(p.maxsize for p in pools))
        for state in ("opened", "discarded"):
            name, total = f"surgeline_pool_{state}_total", sum(getattr(p, state) for p in pools)
            self._child(name).inc(total - self._counted[name])
            self._counted[name] = total

    def info(self, run: str, seed: int, version: str) -> None:
        """Publishes the run's identity."""
        self._child("surgeline_run_info", run, str(seed), version).set(1)

    def serve(self, host: str, port: int) -> int:
        """Answers scrapes from now on; returns the port. Raises OSError when it is taken."""
        server, _ = start_http_server(port, host, self.registry)
        return int(server.server_port)
