"""The master of one service's processes: it writes the record and reports to the lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import gevent
from gevent.queue import Empty, Queue
from locust.env import Environment
from locust.exception import RPCError
from pydantic import BaseModel, ValidationError

from harness.drive.control_channel import Say
from harness.drive.curve_sockets import encrypt
from harness.drive.driver import CUT_SHORT_DRAIN_S, TABLES
from harness.drive.epoch import epoch_here
from harness.drive.handshakes import MasterHandshakes
from harness.drive.worker import BATCH, ORDER, REPORT
from harness.model.driver_messages import (  # fmt: skip
    Bye,
    Done,
    Go,
    Listening,
    Noted,
    Prepare,
    Progress,
    PullOrder,
    Ready,
    Refused,
    Reshare,
    Stop,
    WorkerLost,
    from_driver,
)
from harness.model.ending import EarlyEnd, Lost
from harness.model.errors import MachineError, RecordError, SurgelineError
from harness.model.lever import Pull, Pulled
from harness.record.writer import RunWriter

JOIN_S = 60.0
LOOK_S = 0.1
RESHARE_LEAD_S = 0.3
_ADDED = ("arrived", "calls", "errors", "rate_per_s", "good_per_s", "busy_threads", "queued_journeys")


class Master:
    """From the lab's first order until every worker is done or lost. Workers are known by their index."""

    def __init__(self, order: Prepare, heard: Iterator[BaseModel], say: Say, token: str) -> None:
        self._order, self._heard, self._say = order, heard, say
        self._handshakes = MasterHandshakes()
        encrypt(token, self._handshakes.take)
        self._processes = order.processes
        self._index: dict[str, int] = {}
        self._ready: dict[str, Ready] = {}
        self._done: dict[str, EarlyEnd | None] = {}
        self._seconds: dict[str, Progress] = {}
        self._acknowledged: dict[str, list[Pulled]] = {}
        self._incoming: Queue[tuple[str, BaseModel]] = Queue()
        self._go: Go | None = None
        self._record: RunWriter | None = None
        self._early: EarlyEnd | None = None
        self._runner: Any = None
        self._unreadable = set[tuple[str, str]]()

    def lead(self) -> int:
        """The whole run. Returns the exit code; raises SurgelineError when a worker refuses or does not connect."""
        self._listen_for_workers()
        gevent.spawn(self._forward)
        try:
            self._gather()
        except SurgelineError:
            self._tell_all(Bye())
            gevent.sleep(0.2)
            raise
        self._say(Ready(metrics=self._metrics(), policy=next(iter(self._ready.values())).policy))
        while self._go is None and self._early is None:
            gevent.sleep(0.01)
        if self._go is None:
            return 130
        self._follow()
        return 0

    def _listen_for_workers(self) -> None:
        environment = Environment()
        host, wanted = self._order.master_host, self._order.master_port
        try:
            self._runner = environment.create_master_runner(host, wanted)
        except RPCError as error:
            problem = f"cannot be opened for workers ({error}); choose another address or port"
            raise MachineError(f"{host}:{wanted}", "--bind", problem) from None
        port = self._runner.server.port
        self._runner.master_bind_port = port  # Locust opens the same one again after an error.
        self._runner.register_message(REPORT, self._on_report)
        self._runner.register_message(BATCH, self._on_batch)
        self._say(Listening(host=host, port=port))

    def _on_report(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002 - Locust names them
        try:
            report = from_driver.validate_json(msg.data)
        except ValidationError:
            self._note_unreadable(msg.node_id, "report")
            return
        if msg.node_id in self._index:
            self._incoming.put((msg.node_id, report))

    def _on_batch(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002 - Locust names them
        if self._record is None or msg.node_id not in self._index:
            return
        try:
            self._record.append(msg.data)
        except RecordError:
            self._note_unreadable(msg.node_id, "batch")
        except OSError as error:
            self._give_up(error)

    def _note_unreadable(self, node: str, kind: str) -> None:
        """The run goes on without a message that no worker of this version sends, and its record says so, once."""
        if (node, kind) not in self._unreadable:
            self._unreadable.add((node, kind))
            detail = f"worker {self._index.get(node, 'of another run')} sent a {kind} that cannot be read"
            self._say(Noted(at_s=self._now_s(), name="unreadable message", detail=detail))

    def _gather(self) -> None:
        """Waits for the workers, tells each to prepare, and returns when all are ready."""
        until_s = monotonic() + JOIN_S
        while len(self._ready) < self._processes:
            if monotonic() > until_s:
                problem = f"only {len(self._ready)} of {self._processes} connected within {JOIN_S:.0f} s"
                raise MachineError("workers", "", "; ".join([problem, *self._handshakes.refusals]))
            self._enlist()
            self._take(LOOK_S)

    def _enlist(self) -> None:
        """Gives each new worker a number and the order to prepare."""
        for client in [node.id for node in self._runner.clients.ready]:
            if client not in self._index and len(self._index) < self._processes:
                self._index[client] = len(self._index)
                own = {"index": self._index[client], "processes": self._processes, "leads": False}
                # Several processes cannot share one port.
                port = {"metrics_port": 0} if self._index[client] else {}
                self._tell(client, self._order.model_copy(update=own | port))

    def _take(self, timeout_s: float) -> None:
        try:
            client, report = self._incoming.get(timeout=timeout_s)
        except Empty:
            return
        match report:
            case Refused() if self._go is not None:
                self._lose(client, f"could not begin: {report.error}")
            case Refused():
                raise report.error
            case Ready():
                self._ready[client] = report
                if self._go is not None:
                    self._join_late(client)
            case Progress():
                self._seconds[client] = report
            case Pulled():
                self._acknowledged.setdefault(report.id, []).append(report)
            case Noted():
                self._say(report)
            case Done(early=early):
                self._done[client] = early

    def _follow(self) -> None:
        """Keeps the record and the lab up to date until every worker has ended."""
        assert self._go is not None  # noqa: S101
        self._record = RunWriter(Path(self._go.folder), TABLES)
        self._tell_all(self._go)
        told_s = monotonic()
        while set(self._index) - set(self._done):
            self._take(LOOK_S)
            self._enlist()
            self._answer_pulls()
            self._notice_losses()
            if monotonic() - told_s >= 1.0:
                told_s = monotonic()
                self._flush()
        self._flush()
        self._record.close()
        self._tell_all(Bye())
        gevent.sleep(0.3)
        for detail in self._handshakes.refusals:
            self._say(Noted(at_s=self._now_s(), name="connections refused", detail=detail))
        ends = [self._early, *self._done.values()]
        self._say(Done(early=next((early for early in ends if early is not None), None)))

    def _flush(self) -> None:
        assert self._record is not None  # noqa: S101
        try:
            self._record.flush()
        except OSError as error:
            self._give_up(error)
        if self._seconds:
            self._say(_together(list(self._seconds.values())))

    def _give_up(self, error: OSError) -> None:
        """Ends the run, because its record cannot be written."""
        self._early = Lost(part="record", detail=f"cannot be written: {error}")
        self._tell_all(Stop(drain_s=0.0))

    def _notice_losses(self) -> None:
        """A worker that has stopped reporting is lost with its share; what it sent is kept."""
        for node in self._runner.clients.missing:
            if node.id in self._index and node.id not in self._done:
                self._lose(node.id, "was lost, and its share of the arrivals is missing")

    def _lose(self, client: str, detail: str) -> None:
        self._done[client] = lost = Lost(part="worker", worker=self._index[client], detail=detail)
        self._seconds.pop(client, None)
        self._say(WorkerLost(at_s=self._now_s(), lost=lost))

    def _forward(self) -> None:
        """Passes the lab's orders on; the end of the input stops the run."""
        for order in self._heard:
            match order:
                case Go():
                    self._go = order
                case PullOrder(pull=pull):
                    self._pull(pull)
                case _:
                    self._tell_all(order)
        self._early = self._early or Lost(part="command", detail="is gone")
        self._tell_all(Stop(drain_s=CUT_SHORT_DRAIN_S))

    def set_processes(self, count: int) -> None:
        """Divides the arrivals among this number of processes: fewer immediately, more when all have connected."""
        before, self._processes = self._processes, count
        if count <= before:
            self._reshare()

    def _pull(self, pull: Pull) -> None:
        if pull.lever.scope != "processes":
            self._tell_all(PullOrder(pull=pull))
            return
        pull.lever.apply_to(self)
        at_s = self._now_s()
        self._say(Pulled(id=pull.id, at_s=at_s, acknowledged=self._processes, processes=self._processes))

    def _join_late(self, client: str) -> None:
        """A process added by a lever starts immediately, and gets its share when all have connected."""
        assert self._go is not None  # noqa: S101
        self._tell(client, self._go)
        if len(self._ready) >= self._processes:
            self._reshare()

    def _reshare(self) -> None:
        self._tell_all(Reshare(from_s=self._now_s() + RESHARE_LEAD_S, processes=self._processes))

    def _answer_pulls(self) -> None:
        """Acknowledges a pull once every remaining process has acknowledged it."""
        present = len(set(self._index) - set(self._done))
        for number in [n for n, said in self._acknowledged.items() if len(said) >= present]:
            said = self._acknowledged.pop(number)
            problem = next((one.problem for one in said if one.problem), "")
            at_s = max(one.at_s for one in said)
            self._say(
                Pulled(id=number, at_s=at_s, acknowledged=len(said), processes=present, problem=problem)
            )

    def _metrics(self) -> tuple[str, ...]:
        return tuple(address for ready in self._ready.values() for address in ready.metrics)

    def _now_s(self) -> float:
        return monotonic() - epoch_here(self._go) if self._go is not None else 0.0

    def _tell_all(self, order: BaseModel) -> None:
        for client in set(self._index) - set(self._done):
            self._tell(client, order)
        if isinstance(order, Bye):
            for client in self._done:
                self._tell(client, order)

    def _tell(self, client: str, order: BaseModel) -> None:
        self._runner.send_message(ORDER, order.model_dump_json(), client_id=client)


def _together(seconds: list[Progress]) -> Progress:
    """The processes' last seconds as one. The p99 is the worst process's, because percentiles cannot be added."""
    p99s = [second.p99_s for second in seconds if second.p99_s is not None]
    reached = all(second.p99_reached for second in seconds)
    total = {name: sum(getattr(second, name) for second in seconds) for name in _ADDED}
    return Progress(
        at_s=max(second.at_s for second in seconds),
        p99_s=max(p99s, default=None) if reached else None,
        p99_reached=reached,
        draining=all(second.draining for second in seconds),
        **total,
    )
