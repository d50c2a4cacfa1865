"""A rollout that several processes decide together, in real processes on a real clock."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import requests

from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.canary import Canary
from harness.session.routing.arm import Arm

PLAN = RolloutPlan(name="together", steps=(RolloutStep(share=0.3, at_most_s=60),))
FORK = multiprocessing.get_context("fork")
CALL_S, AT_MOST_S = 0.01, 30.0
OLD, NEW = (Policy.model_validate({"name": name}) for name in ("old", "new"))


def serve(shared: Path, told: Connection, canary_fails: bool) -> None:
    """Makes a hundred calls a second until the canary has been taken back; tells when, and where the last call went."""
    canary, end_s = Canary(OLD, NEW, PLAN, shared=shared), monotonic() + AT_MOST_S
    arms: list[str] = []

    def through(arm: Arm, _: dict[str, Any]) -> requests.Response:
        arms.append(arm.policy.name)
        response = requests.Response()
        response.status_code = 503 if canary_fails and arm is canary.canary.arm else 200
        return response

    told.send("begun")
    while monotonic() < end_s:
        canary.call(requests.Request("GET", "http://a/").prepare(), {}, through)
        if canary.decision.state != "comparing":
            told.send((canary.decision.state, monotonic(), set(arms[-1:])))
            return
        sleep(CALL_S)


class Worker:
    """One process of the service."""

    def __init__(self, shared: Path, canary_fails: bool = False) -> None:
        self.told, told = FORK.Pipe()
        self.process: ForkProcess = FORK.Process(target=serve, args=(shared, told, canary_fails), daemon=True)
        self.process.start()

    def hears(self) -> Any:
        assert self.told.poll(AT_MOST_S), "nothing was told in time"
        return self.told.recv()


Start = Callable[..., Worker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    workers: list[Worker] = []

    def started(**settings: bool) -> Worker:
        workers.append(Worker(tmp_path / "shared", **settings))
        return workers[-1]

    yield started
    for worker in workers:
        worker.process.kill()
        worker.process.join(10)


def test_what_one_process_sees_takes_the_canary_back_in_all_within_two_seconds(start: Start) -> None:
    workers = [start(canary_fails=number == 0) for number in range(4)]
    assert [worker.hears() for worker in workers] == ["begun"] * 4
    ends = [worker.hears() for worker in workers]
    assert [state for state, _, _ in ends] == ["rolled back"] * 4
    times = [at_s for _, at_s, _ in ends]
    assert max(times) - min(times) < 2.0, "one second, and a second for a machine with other work"


def test_a_process_that_is_killed_stops_no_other_and_its_successor_knows_the_decision(start: Start) -> None:
    killed, *others = [start(canary_fails=number == 1) for number in range(3)]
    assert [worker.hears() for worker in (killed, *others)] == ["begun"] * 3
    os.kill(killed.process.pid or 0, signal.SIGKILL)
    assert [worker.hears()[0] for worker in others] == ["rolled back"] * 2
    successor = start(canary_fails=True)
    assert successor.hears() == "begun"
    state, _, arms = successor.hears()
    assert (state, arms) == ("rolled back", {"old"})
