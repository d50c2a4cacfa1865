"""One process of the service under load: its schedule, its batches, its metrics, its self-monitoring."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

import gevent
from gevent.event import Event
from pydantic import BaseModel

from harness.analyse.schedule import arrival_times
from harness.drive.control_channel import Say
from harness.drive.epoch import epoch_here
from harness.drive.guard_rows import guard_rows
from harness.drive.locust_stats import forget_seconds, report_call
from harness.drive.loop_turns import LoopTurns
from harness.drive.meter import Meter
from harness.drive.self_monitor import SAMPLE_S, ProcessStats, TimerDelay, check_descriptor_limit, pool_row
from harness.drive.service import Service, ServiceEnvironment
from harness.drive.service_reports import ServiceReports
from harness.model.call import Call
from harness.model.driver_messages import (
    TARGET_REFUSED,
    Done,
    Go,
    Noted,
    Prepare,
    PullOrder,
    Ready,
    Reshare,
    Stop,
)
from harness.model.ending import EarlyEnd, Interrupted, Lost
from harness.model.errors import MachineError
from harness.model.lever import Pull, Pulled
from harness.observe.active_faults import active, planned
from harness.observe.exporter import Exporter
from harness.observe.scrape_server import advertised
from harness.record.rows import Row, attempt_row, call_row
from harness.record.writer import load_arrow

TABLES = ("calls", "attempts", "pool", "guards", "driver")
CUT_SHORT_DRAIN_S = 2.0
COUNTED_AT_ONCE, COUNTED_AT_MOST, FLUSHED_AT_ONCE = 64, 256, 256
"""Calls per batch; batches are small because recording blocks arrivals."""
COUNTING_S = 0.001
"""A batch is counted when no arrival is due for so long, or when it has as many calls as may wait."""
GARBAGE_AT_MOST = 250_000
"""Objects that may be new since the last collection: a collection blocks arrivals, and calls leave no garbage."""
Batch = Mapping[str, list[Row]]
Flush = Callable[[Batch], None]


class Driver:
    """Prepares, runs, drains and reports the end. `flush` gets a batch per second, `say` the reports."""

    def __init__(
        self, order: Prepare, environment: ServiceEnvironment, flush: Flush, say: Say, turns: LoopTurns
    ) -> None:
        """Raises ConfigError for a journey or a factory that cannot be loaded, MachineError for a metrics port
        that is taken, and for fewer open files than threads.
        """
        check_descriptor_limit(order.scenario.name, order.scenario.service.threads)
        self.order, self._flush_batch, self._say = order, flush, say
        self._meter, self._turns = Meter(order.scenario.slo), turns
        self._timer_delay, self._self = TimerDelay(), ProcessStats()
        self._exporter = _exporter(order)
        self._reports: ServiceReports | None = None
        self.service = Service(order, environment, self._end_call, turns)
        if order.drives_service:
            tracer = self.service.tracer
            self._reports = ServiceReports(
                order.service_token, tracer.now, lambda: tracer.epoch_s, self._on_call, say
            )
        self._reports_at = self._reports.listen() if self._reports is not None else ""
        self._planned_s = arrival_times(order.scenario.arrivals, order.seed)
        self._fire, self._stats = environment.events.request.fire, environment.stats
        self._rows: dict[str, list[Row]] = {table: [] for table in tables_of(order)}
        self._ended: list[Call] = []
        self._stop, self._drain_s = Event(), order.scenario.drain_s
        self._draining, self._refused = False, set[str]()
        self._early: EarlyEnd | None = None
        self._address = self._serve_metrics()
        load_arrow()
        self.service.open()

    @property
    def ready(self) -> Ready:
        """This process's report once everything is ready."""
        metrics, policy = (self._address,), self.service.clients.policy
        return Ready(metrics=metrics, policy=policy, reports=self._reports_at)

    def drive(self, go: Go, orders: Iterator[BaseModel]) -> None:
        """The run itself, from the epoch until the last batch is flushed."""
        self.service.begin(epoch_here(go))
        self._exporter.info(go.run, self.order.seed, version("surgeline"))
        gc.collect()
        gc.freeze()
        gc.disable()
        if self.order.scenario.closed is None:  # Closed-loop users have no schedule to be late for.
            self._turns.install()
            self.service.clients.continue_in_turn(self._turns.wait)
        gevent.sleep(max(0.0, -self.service.tracer.now()))
        gevent.spawn(self._timer_delay.measure)
        gevent.spawn(self._listen, orders)
        watch = gevent.spawn(self._watch)
        admit = gevent.spawn(self.service.admit, self._planned_s)
        admit.link(lambda _: self._stop.set())
        self._stop.wait()
        admit.kill()
        self._draining = True
        for call in self.service.drain(self._drain_s):
            self._end_call(call)
        if self._reports is not None:
            self._reports.finish()
        self.service.close()
        watch.kill()
        self._finish()

    def _serve_metrics(self) -> str:
        host, port = self.order.metrics_host, self.order.metrics_port
        try:
            port = self._exporter.serve(host, port)
        except OSError as error:
            problem = f"cannot be opened: {error.strerror}; choose another"
            raise MachineError(f"{host}:{port}", "metrics_port", problem) from None
        return advertised(host, port, os.environ)

    def _end_call(self, call: Call) -> None:
        """A call has ended at its caller: it is complete, or waits for the report of the service that handled it."""
        if self._reports is None:
            self._on_call(call)
        else:
            self._reports.ended(call)

    def _on_call(self, call: Call) -> None:
        self._ended.append(call)
        waiting = len(self._ended)
        if waiting >= COUNTED_AT_ONCE and (waiting >= COUNTED_AT_MOST or self._turns.leave(COUNTING_S)):
            self._count()

    def _count(self) -> None:
        """Records and counts what has ended. In batches each costs a third of what it costs alone."""
        ended, self._ended = self._ended, []
        calls, attempts = self._rows["calls"], self._rows["attempts"]
        for call in ended:
            calls.append(call_row(call))
            attempts.extend([attempt_row(call, attempt) for attempt in call.attempts])
            self._meter.add(call)
            self._exporter.call(call)
            report_call(self._fire, call)
        if len(calls) >= FLUSHED_AT_ONCE:
            self._flush()

    def _watch(self) -> None:
        second = round(1.0 / SAMPLE_S)
        for tick in range(1, 1 << 62):
            gevent.sleep(tick * SAMPLE_S - self.service.tracer.now())
            self._sample()
            if tick % second == 0:
                self._report()

    def _sample(self) -> None:
        self._count()
        at_s, gauges = self.service.tracer.now(), self.service.tracer.gauges.values()
        pools = [pool_row(at_s, gauge, self.order.index) for gauge in gauges]
        if self._reports is not None:
            pools += self._reports.take_pools()
            self._rows["attempts"] += self._reports.take_unattributed()
            self._reports.expire()
        self._rows["pool"].extend(pools)
        self._exporter.pools(pools)
        self._exporter.threads(
            self.service.busy_threads, self.service.threads, self.service.arrival_queue.qsize()
        )
        self._exporter.faults(active(self.order.scenario, at_s))
        self._sample_rollout()
        guards = self.service.clients.guards()
        self._rows["guards"].extend(guard_rows(at_s, guards, self.order.index))
        self._exporter.guards(guards)

    def _sample_rollout(self) -> None:
        rollout = self.service.clients.rollout
        if rollout is None:
            return
        self._rows[rollout.table].extend(rollout.rows())
        rollout.export_to(self._exporter)

    def _report(self) -> None:
        self._report_refusals()
        at_s, service = self.service.tracer.now(), self.service
        late_s = max(self._timer_delay.take(), self._turns.take_longest_s())
        self._rows["driver"].append(self._self.row(at_s, late_s, service, self.order.index))
        self._flush()
        forget_seconds(self._stats)
        if gc.get_count()[0] > GARBAGE_AT_MOST:
            gc.collect()
        self._say(self._meter.take(at_s, service, self._draining))

    def _report_refusals(self) -> None:
        """Tells of each host that the process was not allowed to connect to, once."""
        refusals = self.service.clients.gate.refusals
        for host in [host for host in refusals if host not in self._refused]:
            self._refused.add(host)
            self._say(Noted(at_s=self.service.tracer.now(), name=TARGET_REFUSED, detail=refusals[host]))

    def _flush(self) -> None:
        batch, self._rows = self._rows, {table: [] for table in self._rows}
        try:
            self._flush_batch(batch)
        except OSError as error:
            self._early, self._drain_s = Lost(part="record", detail=f"cannot be written: {error}"), 0.0
            self._stop.set()

    def _listen(self, orders: Iterator[BaseModel]) -> None:
        """Handles levers; a stop, or the end of the input, ends the run early."""
        for order in orders:
            match order:
                case PullOrder(pull=pull):
                    self._exporter.lever(pull.lever.lever)
                    self._say(self._pulled(pull))
                case Reshare(from_s=from_s, processes=processes):
                    self.service.shares.append((from_s, processes))
                case Stop(drain_s=drain_s):
                    self._cut_short(drain_s)
                    return
        self._cut_short(CUT_SHORT_DRAIN_S)

    def _pulled(self, pull: Pull) -> Pulled:
        """Pulls a lever: here, or in every process of a started service."""
        if self._reports is not None and pull.lever.scope == "client":
            return self._reports.pull(pull)
        problem, at_s = self.service.pull(pull.lever), self.service.tracer.now()
        return Pulled(id=pull.id, at_s=at_s, acknowledged=1, processes=1, problem=problem)

    def _cut_short(self, drain_s: float) -> None:
        self._early = self._early or Interrupted()
        self._drain_s = drain_s
        self._stop.set()

    def _finish(self) -> None:
        self._sample()
        self._report()
        for message, times in self.service.journey_errors.items():
            detail = f"{message} ({times} times)" if times > 1 else message
            self._say(Noted(at_s=self.service.tracer.now(), name="journey error", detail=detail))
        self._note_incomplete()
        self._exporter.hand_over(os.environ)
        self._say(Done(early=self._early))

    def _note_incomplete(self) -> None:
        """Tells how many calls and attempts could not be joined, if any."""
        reports, at_s = self._reports, self.service.tracer.now()
        if reports is not None and reports.unreported:
            detail = f"{reports.unreported} calls have no report of the service: their attempts are unknown"
            self._say(Noted(at_s=at_s, name="calls without a report", detail=detail, about="service"))
        if reports is not None and reports.alone:
            detail = f"{reports.alone} attempts belong to no inbound call"
            self._say(Noted(at_s=at_s, name="attempts without a call", detail=detail, about="service"))


def tables_of(order: Prepare) -> tuple[str, ...]:
    """The tables that the drivers of a run write."""
    if order.rollout is None:
        return TABLES
    return (*TABLES, "shadow" if order.rollout.shadow else "rollout")


def _exporter(order: Prepare) -> Exporter:
    scenario = order.scenario
    return Exporter(order.policy.name, scenario.name, scenario.slo, planned(scenario))
