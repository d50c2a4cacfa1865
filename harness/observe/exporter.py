"""Fills the table of metrics from calls, pools and the timeline of one driver process."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.process_collector import ProcessCollector

from harness.model.call import Attempt, Call
from harness.model.slo import Slo
from harness.observe.call_observer import call_observer
from harness.observe.catalogue import METRICS
from harness.observe.fast_metrics import Family, Value
from harness.observe.label_bounds import Bounded, method, route_template
from harness.observe.scrape_server import ADVERTISE, Server
from harness.observe.slo_counters import SloCounter, slo_counters

SERIES_AT_MOST = 40
BREAKER_STATES = ("closed", "half-open", "open")
DECISIONS = ("comparing", "promoted", "rolled back", "inconclusive")


class PoolReading(Protocol):
    """What the exporter reads of the pools to one host; totals only grow, and are None where they are unknown."""

    @property
    def maxsize(self) -> int: ...
    @property
    def in_use(self) -> int: ...
    @property
    def idle(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def opened(self) -> int: ...
    @property
    def discarded(self) -> int | None: ...
    @property
    def stale(self) -> int | None: ...


class GuardReading(Protocol):
    """What the exporter reads of the policy's guards; None, and no breakers, for what the policy lacks."""

    @property
    def breakers(self) -> tuple[str, ...]: ...
    @property
    def budget_left_ratio(self) -> float | None: ...
    @property
    def refusal_ratio(self) -> float | None: ...
    @property
    def rate_per_s(self) -> float | None: ...
    @property
    def limits(self) -> tuple[tuple[float, int], ...]: ...
    @property
    def hedge_delay_s(self) -> float | None: ...


class RolloutReading(Protocol):
    """What the exporter reads of a rollout: `calls`, `bad` and `evidence` by their labels; totals only grow."""

    @property
    def share(self) -> float: ...
    @property
    def state(self) -> str: ...
    @property
    def steps_passed(self) -> int: ...
    @property
    def calls(self) -> Mapping[str, int]: ...
    @property
    def bad(self) -> Mapping[str, int]: ...
    @property
    def evidence(self) -> Mapping[str, float]: ...
    @property
    def fallbacks(self) -> int: ...


class ShadowReading(Protocol):
    """What the exporter reads of a shadow: by who repeated a call, and `evidence` by what it speaks for."""

    @property
    def repeated(self) -> Mapping[str, int]: ...
    @property
    def differing(self) -> Mapping[str, int]: ...
    @property
    def evidence(self) -> Mapping[str, float]: ...
    @property
    def dropped(self) -> int: ...


class Exporter:
    """The metrics of one process. `call` counts calls as they end; the rest is set when it is sampled.

    `faults` are the names of those that the scenario's timeline has; a live service has none.
    """

    def __init__(self, policy: str, scenario: str, slo: Slo, faults: Collection[str] = ()) -> None:
        run_labels = {"policy": policy, "scenario": scenario}
        self._families = {metric.name: Family(metric, run_labels) for metric in METRICS}
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        self._planned = faults
        self._route = Bounded(SERIES_AT_MOST, route_template)
        self._reason, self._error = Bounded(SERIES_AT_MOST), Bounded(SERIES_AT_MOST)
        self._status, self._lever = Bounded(SERIES_AT_MOST), Bounded(SERIES_AT_MOST)
        self._server: Server | None = None
        self._bind()
        self._start_at_zero(slo)

    def _bind(self) -> None:
        """Looks families up once, rather than for each call."""
        families = self._families
        self._calls = families["surgeline_call_duration_seconds"].histogram
        self._attempts = families["http_client_request_duration_seconds"].histogram
        self._durations = call_observer(lambda metric: families[metric].histogram().observe)
        self._backoff = {
            held: families["surgeline_backoff_seconds"].histogram("held" if held else "free")
            for held in (False, True)
        }
        self._retries = families["surgeline_retries_total"].value
        self._hedges = {
            result: families["surgeline_hedges_total"].value(result) for result in ("won", "lost")
        }
        self._not_hedged = families["surgeline_hedges_not_sent_total"].value

    def _start_at_zero(self, slo: Slo) -> None:
        """A counter that begins at its first event hides that event from `rate`; so known label values begin at 0."""
        families = self._families
        self._judges: list[tuple[SloCounter, Value, Value]] = []
        for judge in slo_counters(slo):
            calls = families["surgeline_slo_calls_total"].value(judge.slo)
            self._judges.append((judge, calls, families["surgeline_slo_bad_total"].value(judge.slo)))
            families["surgeline_slo_budget_ratio"].value(judge.slo).value = judge.budget_ratio
        for name in ("opened", "discarded", "stale"):
            self._families[f"surgeline_pool_{name}_total"].value()
        for fault in self._planned:
            self._families["surgeline_fault_active"].value(fault)

    def call(self, call: Call) -> None:
        """Counts one ended call with its attempts."""
        self._calls(self._route(call.route), call.outcome.value).observe(call.latency_s)
        self._durations(call)
        for attempt in call.attempts:
            self._attempt(method(call.method), attempt)
        for judge, calls, bad in self._judges:
            if judge.covers(call):
                calls.value += 1.0
                bad.value += judge.count(call)

    def _attempt(self, verb: str, attempt: Attempt) -> None:
        status = self._status(str(attempt.status)) if attempt.status else ""
        error = self._error(attempt.error) if attempt.error else status if attempt.status >= 400 else ""
        self._attempts(verb, status, error).observe(attempt.first_byte_s)
        if attempt.hedge:
            self._hedges["lost" if attempt.lost else "won"].value += 1.0
        if attempt.unhedged:
            self._not_hedged(attempt.unhedged).value += 1.0
        if attempt.reason:
            self._retries(self._reason(attempt.reason)).value += 1.0
            self._backoff[attempt.backoff_held].observe(attempt.backoff_s)

    def pools(self, readings: Iterable[PoolReading]) -> None:
        """Sets the pools' gauges from a reading for each host."""
        pools = list(readings)
        for state in ("in_use", "idle", "waiting"):
            self._families[f"surgeline_pool_{state}"].value().value = sum(getattr(p, state) for p in pools)
        self._families["surgeline_pool_slots"].value().value = sum(p.maxsize for p in pools)
        for total in ("opened", "discarded", "stale"):
            self._total(f"surgeline_pool_{total}_total", [getattr(p, total) for p in pools])

    def _total(self, name: str, readings: list[int | None]) -> None:
        """A total that any of the pools does not show has no series."""
        known = [reading for reading in readings if reading is not None]
        if len(known) < len(readings):
            self._families[name].forget()
            return
        counter = self._families[name].value()
        counter.value = max(counter.value, sum(known))

    def threads(self, busy: int, limit: int, waiting: int) -> None:
        """Sets how many threads of the service are busy, how many there are, and how many journeys wait for one."""
        self._families["surgeline_threads_busy"].value().value = busy
        self._families["surgeline_threads_limit"].value().value = limit
        self._families["surgeline_journeys_waiting"].value().value = waiting

    def faults(self, on: Collection[str]) -> None:
        """Sets which faults of the scenario's timeline are on."""
        family = self._families["surgeline_fault_active"]
        for fault in self._planned:
            family.value(fault).value = float(fault in on)

    def lever(self, name: str) -> None:
        """Counts a lever that was pulled."""
        self._families["surgeline_levers_pulled_total"].value(self._lever(name)).value += 1.0

    def guards(self, reading: GuardReading) -> None:
        """Sets the guards' gauges; a guard that the policy lacks, or that a lever removed, has no series."""
        worst = max(reading.breakers, key=BREAKER_STATES.index, default="")
        for state in BREAKER_STATES:
            self._set("surgeline_breaker_state", float(state == worst) if worst else None, state)
        self._set("surgeline_retry_budget_left_ratio", reading.budget_left_ratio)
        self._set("surgeline_throttle_refusal_ratio", reading.refusal_ratio)
        self._set("surgeline_throttle_attempts_per_second", reading.rate_per_s)
        self._set("surgeline_hedge_delay_seconds", reading.hedge_delay_s)
        limits = reading.limits
        self._set("surgeline_limiter_limit", sum(limit for limit, _ in limits) if limits else None)
        self._set("surgeline_limiter_in_flight", float(sum(n for _, n in limits)) if limits else None)

    def rollout(self, reading: RolloutReading) -> None:
        """Sets what is known of the rollout."""
        self._set("surgeline_rollout_share_ratio", reading.share)
        for decision in DECISIONS:
            self._set("surgeline_rollout_decision", float(decision == reading.state), decision)
        self._set("surgeline_rollout_steps_passed_total", reading.steps_passed)
        self._set("surgeline_rollout_fallbacks_total", reading.fallbacks)
        for name, values in (
            ("calls_total", reading.calls), ("bad_total", reading.bad), ("evidence_ratio", reading.evidence),
        ):  # fmt: skip
            for label, value in values.items():
                self._set(f"surgeline_rollout_{name}", value, label)

    def shadow(self, reading: ShadowReading) -> None:
        """Sets what a shadow has compared."""
        self._set("surgeline_shadow_dropped_total", reading.dropped)
        for name, values in (
            ("repeated_total", reading.repeated), ("different_total", reading.differing),
            ("evidence_ratio", reading.evidence),
        ):  # fmt: skip
            for label, value in values.items():
                self._set(f"surgeline_shadow_{name}", value, label)

    def _set(self, name: str, value: float | None, *labels: str) -> None:
        if value is None:
            self._families[name].forget(*labels)
        else:
            self._families[name].value(*labels).value = value

    def reloads(self, taken: int, refused: int) -> None:
        """Sets how many changed policies this process has taken, and how many it has refused."""
        self._families["surgeline_policy_reloads_total"].value().value = taken
        self._families["surgeline_policy_reloads_refused_total"].value().value = refused

    def info(self, run: str, seed: int, version: str) -> None:
        """Publishes the run's identity."""
        self._families["surgeline_run_info"].value(run, str(seed), version).value = 1.0

    def text(self) -> bytes:
        """Everything in Prometheus' text format, version 0.0.4."""
        lines = [line for family in self._families.values() for line in family.lines()]
        return ("\n".join(lines) + "\n").encode() + generate_latest(self._process)

    def serve(self, host: str, port: int) -> int:
        """Answers scrapes from now on; returns the port. Raises OSError when it is taken."""
        self._server = Server(host, port, self.text, os.environ.get(ADVERTISE, ""))
        return self._server.port

    def hand_over(self, environment: Mapping[str, str]) -> None:
        """Waits, for a bounded time, until the last values have been scraped, if there is a scraper."""
        if self._server is not None:
            self._server.hand_over(environment)
