"""A process of the service among several: a Locust worker that gets its orders from the master."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import gevent
from gevent.event import Event
from gevent.queue import Queue
from pydantic import BaseModel

from harness.drive.curve_sockets import OnEvent, encrypt
from harness.drive.driver import Batch, Driver
from harness.drive.handshakes import WorkerHandshakes
from harness.drive.limited_order import limited
from harness.drive.locust_user import ServiceThread
from harness.drive.loop_turns import LoopTurns
from harness.drive.service import ServiceEnvironment
from harness.model.driver_messages import Bye, Go, Prepare, Refused, to_driver
from harness.model.errors import MachineError, SurgelineError
from harness.model.worker_limits import WorkerLimits
from harness.session.secrets import allow_only

ORDER, REPORT, BATCH = "surgeline-order", "surgeline-report", "surgeline-batch"
PATIENCE_S = 30.0


def work(host: str, port: int, token: str, limits: WorkerLimits | None, turns: LoopTurns) -> int:
    """Connects to the master with the same token, and serves one run within the limits. Returns the exit code.

    Raises SurgelineError when there is no such master, and for an order that cannot be carried out here.
    """
    encrypt(token, _giving_up(f"{host}:{port}"))
    environment = ServiceEnvironment(user_classes=[ServiceThread], catch_exceptions=True)
    heard: Queue[BaseModel] = Queue()
    free = Event()
    runner = _runner(environment, host, port)

    def receive(environment: Any, msg: Any) -> None:  # noqa: ARG001 - Locust names them
        order = to_driver.validate_json(msg.data)
        heard.put(order)
        if isinstance(order, Bye):
            free.set()

    def say(report: BaseModel) -> None:
        runner.send_message(REPORT, report.model_dump_json())

    def flush(batch: Batch) -> None:
        runner.send_message(BATCH, {table: rows for table, rows in batch.items() if rows})

    runner.register_message(ORDER, receive)
    gevent.spawn(_leave_with_parent)
    orders = _until_bye(heard)
    order = next(orders, None)
    if not isinstance(order, Prepare):
        return 130
    try:
        driver = Driver(_accepted(order, limits), environment, flush, say, turns)
    except SurgelineError as error:
        say(Refused.by(error))
        _sent(runner)
        raise
    say(driver.ready)
    go = next(orders, None)
    if not isinstance(go, Go):
        return 130
    driver.drive(go, orders)
    free.wait(PATIENCE_S)  # Until the master confirms that it has received everything.
    _sent(runner)
    return 0


def _accepted(order: Prepare, limits: WorkerLimits | None) -> Prepare:
    """The order as it is carried out here, with its folder on the path. Raises SurgelineError beyond the limits."""
    if limits is not None:
        order = limited(order, limits)
        allow_only(limits.secrets)
    sys.path.insert(0, order.folder_on_path)
    return _with_authority(order)


def _giving_up(place: str) -> OnEvent:
    """Raises an error in this greenlet, which waits for its master, when no handshake succeeds."""
    handshakes, waiting = WorkerHandshakes(place), gevent.getcurrent()

    def take(event: int) -> None:
        if (error := handshakes.take(event)) is not None:
            gevent.kill(waiting, error)

    return take


def _runner(environment: ServiceEnvironment, host: str, port: int) -> Any:
    try:
        return environment.create_worker_runner(host, port)
    except ConnectionError:
        problem = "no run with the same token has answered; start the run first, and give both the same token"
        raise MachineError(f"{host}:{port}", "", problem) from None


def _with_authority(order: Prepare) -> Prepare:
    """The same order, with the authority's file in memory where this machine does not have it on disk."""
    if not order.ca_pem or os.path.exists(order.ca):
        return order
    file = os.memfd_create("surgeline-ca")  # It is deleted with the process.
    os.write(file, order.ca_pem.encode())
    return order.model_copy(update={"ca": f"/proc/self/fd/{file}"})


def _until_bye(heard: Queue[BaseModel]) -> Iterator[BaseModel]:
    while not isinstance(order := heard.get(), Bye):
        yield order


def _leave_with_parent() -> None:
    """A worker started by the lab ends with it: its standard input ends then."""
    from gevent.fileobject import FileObject

    if sys.stdin is None or sys.stdin.isatty() or os.environ.get("SURGELINE_STAY"):
        return
    with FileObject(sys.stdin.fileno(), "r", closefd=False) as lines:
        for _ in lines:
            continue
    gevent.sleep(PATIENCE_S)
    os._exit(130)


def _sent(runner: Any) -> None:
    """Waits until the last messages are sent."""
    gevent.sleep(0.2)
    runner.client.close()
