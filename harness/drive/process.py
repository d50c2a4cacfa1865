"""The driver's life: prepare, say ready, go, drain, hand everything in, say done."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import gevent
from gevent.event import Event
from gevent.fileobject import FileObject
from pydantic import BaseModel

from harness.drive.schedule import arrival_times
from harness.drive.service import Service
from harness.drive.watch import SAMPLE_S, Heartbeat, Meter, Self, raise_descriptor_limit
from harness.model.call import Call
from harness.model.errors import BadInput
from harness.model.order import Done, Go, Noted, Prepare, Ready, Refused, Stop, to_driver
from harness.observe.exporter import Exporter
from harness.record.schema import attempt_row, call_row
from harness.record.writer import RunWriter, warm_up

TABLES = ("calls", "attempts", "pool", "driver")
CUT_SHORT_DRAIN_S = 2.0


def main() -> int:
    """Reads orders from standard input and reports on standard output; ends when the input ends."""
    say = _speaker()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    raise_descriptor_limit()
    orders = _orders()
    try:
        order = next(orders)
        assert isinstance(order, Prepare)  # noqa: S101
        sys.path.insert(0, order.folder_on_path)
        driver = Driver(order, say)
    except StopIteration:
        return 130
    except BadInput as error:
        say(Refused(place=error.place, key=error.key, problem=error.problem))
        return 2
    say(Ready(metrics_port=driver.metrics_port, policy=driver.service.policy))
    go = next(orders, None)
    if not isinstance(go, Go):
        return 130
    driver.drive(go, orders)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that are still inside a call must not hold up the exit: everything is on disk.
    os._exit(0)


class Driver:
    """One process of the service under load, with its record, its metrics and its watch."""

    def __init__(self, order: Prepare, say: Callable[[BaseModel], None]) -> None:
        """Raises BadInput when journey, factory or metrics port can't be had."""
        self.order, self._say = order, say
        self._meter, self._heartbeat, self._self = Meter(), Heartbeat(), Self()
        self._exporter = Exporter(order.policy.name, order.scenario)
        self.service = Service(order, self._on_call)
        self.planned_s = arrival_times(order.scenario.arrivals, order.seed)
        try:
            self.metrics_port = self._exporter.serve(order.metrics_host, order.metrics_port)
        except OSError as error:
            place = f"{order.metrics_host}:{order.metrics_port}"
            raise BadInput(
                place, "metrics_port", f"can't be opened: {error.strerror}; choose another"
            ) from None
        warm_up()
        self._fire: Callable[..., None] = self.service.environment.events.request.fire
        self.service.open()
        self._stop, self._drain_s = Event(), order.scenario.drain_s
        self._draining, self._problem = False, ""

    def drive(self, go: Go, orders: Iterator[BaseModel]) -> None:
        """The run itself, from the epoch until everything is on disk."""
        self._record = RunWriter(Path(go.folder), TABLES)
        self.service.anatomy.epoch_s = go.epoch_s
        self._exporter.info(go.run, self.order.seed, version("surgeline"))
        self.service.warm_up()
        gc.collect()
        gc.freeze()
        gevent.sleep(max(0.0, -self.service.anatomy.now()))
        gevent.spawn(self._heartbeat.beat)
        gevent.spawn(self._listen, orders)
        watch = gevent.spawn(self._watch)
        admit = gevent.spawn(self.service.admit, self.planned_s)
        admit.link(lambda _: self._stop.set())
        self._stop.wait()
        gevent.kill(admit)
        self._draining = True
        for call in self.service.drain(self._drain_s):
            self._on_call(call)
        self.service.close()
        watch.kill()
        self._finish()

    def _on_call(self, call: Call) -> None:
        calls, attempts = self._record["calls"], self._record["attempts"]
        calls.add(call_row(call))
        attempts.extend([attempt_row(call, attempt) for attempt in call.attempts])
        self._meter.add(call)
        self._exporter.call(call)
        self._fire(
            request_type=call.method,
            name=call.route,
            response_time=call.latency_s * 1000.0,
            response_length=call.received_bytes,
            exception=None if call.outcome.good else RuntimeError(call.outcome.value),
            context={},
        )

    def _watch(self) -> None:
        second = round(1.0 / SAMPLE_S)
        for tick in range(1, 1 << 62):
            gevent.sleep(tick * SAMPLE_S - self.service.anatomy.now())
            self._sample_pools()
            if tick % second == 0:
                self._hand_in()

    def _sample_pools(self) -> None:
        at_s, gauges = self.service.anatomy.now(), self.service.anatomy.gauges.values()
        self._record["pool"].extend(
            (at_s, g.host, g.maxsize, g.in_use, g.idle, g.waiting, g.opened, g.discarded) for g in gauges
        )
        self._exporter.pools(gauges)
        self._exporter.threads(self.service.busy_threads, self.service.threads, self.service.line.qsize())
        self._exporter.timeline(at_s)

    def _hand_in(self) -> None:
        at_s, service = self.service.anatomy.now(), self.service
        self._meter.arrived = int(self.planned_s.searchsorted(at_s))
        self._record["driver"].add(self._self.row(at_s, self._heartbeat.take(), service, self._meter.arrived))
        try:
            self._record.flush()
        except OSError as error:
            self._problem, self._drain_s = f"the record can't be written: {error}", 0.0
            self._stop.set()
        self._say(self._meter.take(at_s, service, self._draining))

    def _listen(self, orders: Iterator[BaseModel]) -> None:
        order = next(orders, Stop(drain_s=CUT_SHORT_DRAIN_S))
        if isinstance(order, Stop):
            self._problem = self._problem or "stopped before its end"
            self._drain_s = order.drain_s
            self._stop.set()

    def _finish(self) -> None:
        self._sample_pools()
        self._hand_in()
        for message in self.service.journey_errors:
            self._say(Noted(at_s=self.service.anatomy.now(), name="journey error", detail=message))
        try:
            self._record.close()
        except OSError as error:
            self._problem = f"the record can't be written: {error}"
        self._exporter.hand_over(os.environ)
        self._say(Done(problem=self._problem))


def _orders() -> Iterator[BaseModel]:
    """What the lab says, a line each; reading waits without holding up the other greenlets."""
    with FileObject(sys.stdin.fileno(), "r", closefd=False) as lines:
        for line in lines:
            yield to_driver.validate_json(line)


def _speaker() -> Callable[[BaseModel], None]:
    """Keeps the real standard output for reports; what a journey prints goes to standard error."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(report: BaseModel) -> None:
        with suppress(BrokenPipeError):  # When the lab is gone, the record is what counts.
            out.write(report.model_dump_json() + "\n")

    return say
