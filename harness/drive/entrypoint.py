"""The roles of a driver process: alone, the master of workers, or a worker."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from gevent.monkey import get_original
from pydantic import BaseModel

from harness.drive.control_channel import Say, orders, speaker
from harness.drive.driver import Batch, Driver, tables_of
from harness.drive.locust_user import ServiceThread
from harness.drive.loop_turns import LoopTurns
from harness.drive.master import Master
from harness.drive.self_monitor import raise_descriptor_limit
from harness.drive.service import ServiceEnvironment
from harness.drive.worker import work
from harness.lab.worker_token import TOKEN
from harness.model.driver_messages import Go, Prepare, Refused
from harness.model.errors import ConfigError, SurgelineError
from harness.model.worker_limits import WorkerLimits
from harness.record.writer import RunWriter
from harness.session.trace.gevent_poll import ask_the_kernel

UNSET = ConfigError(TOKEN, "", "is not set; a master and its workers need one token in common")


def main(arguments: list[str]) -> int:
    """Without arguments reads orders from standard input; with `HOST PORT [LIMITS]` is a worker of the master there.

    A worker without limits is one that the lab has started on this machine.
    """
    say = speaker()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    raise_descriptor_limit()
    ask_the_kernel(get_original("select", "poll"))
    turns = LoopTurns()
    token = os.environ.pop(TOKEN, "")  # No child process inherits it.
    if arguments:
        try:
            return leave(_serve(arguments, token, turns))
        except SurgelineError as error:
            sys.stderr.write(f"{error}\n")
            return leave(2)
    heard = orders()
    order = next(heard, None)
    if not isinstance(order, Prepare):
        return 130
    sys.path.insert(0, order.folder_on_path)
    try:
        if order.leads and not token:
            raise UNSET
        if order.leads:
            return leave(Master(order, heard, say, token).lead())
        return leave(alone(order, heard, say, turns))
    except SurgelineError as error:
        say(Refused.by(error))
        return leave(2)


def _serve(arguments: list[str], token: str, turns: LoopTurns) -> int:
    """A worker of the master at `HOST PORT`, within the limits, if any are given. Raises SurgelineError."""
    if not token:
        raise UNSET
    limits = WorkerLimits.model_validate_json(arguments[2]) if arguments[2:] else None
    return work(arguments[0], int(arguments[1]), token, limits, turns)


def alone(order: Prepare, heard: Iterator[BaseModel], say: Say, turns: LoopTurns) -> int:
    """The whole service in this process, which also writes the record. Raises SurgelineError."""
    environment = ServiceEnvironment(user_classes=[ServiceThread], catch_exceptions=True)
    record: list[RunWriter] = []

    def flush(batch: Batch) -> None:
        record[0].extend(batch)
        record[0].flush()

    environment.create_local_runner()
    driver = Driver(order, environment, flush, say, turns)
    say(driver.ready)
    go = next(heard, None)
    if not isinstance(go, Go):
        return 130
    record.append(RunWriter(Path(go.folder), tables_of(order)))
    driver.drive(go, heard)
    record[0].close()
    return 0


def leave(code: int) -> NoReturn:
    """Ends the process immediately: threads that are still inside a call must not delay the exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
