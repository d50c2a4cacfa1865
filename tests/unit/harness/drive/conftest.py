"""A service without sockets: its clients are a stand-in, its clock is the test's, and Locust patches nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

with pytest.MonkeyPatch.context() as _patch:
    _patch.setenv(
        "LOCUST_SKIP_MONKEY_PATCH", "1"
    )  # Otherwise its first import replaces threads by greenlets.
    import locust  # noqa: F401

from harness.drive import service as service_module
from harness.drive.arrival import Arrival
from harness.drive.loop_turns import LoopTurns
from harness.drive.service import Service
from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.model.call import Call
from harness.model.driver_messages import Prepare
from harness.model.policy import Policy
from harness.session.client.client import Journey
from harness.session.trace import call_trace
from harness.session.trace.call_trace import CallTracer
from tests.unit.harness.session.fakes import Clock

JOURNEY = "tests.unit.harness.drive.conftest:journey"


def order(*settings: str, **changes: Any) -> Prepare:
    """The order for the shipped baseline, with settings of the scenario and fields of the order of its own."""
    overrides = read_overrides([f"scenario.journey={JOURNEY}", *settings])
    scenario = read_scenario("baseline", overrides).scenario
    found = Prepare(
        policy=Policy(name="p"), scenario=scenario, seed=1, target="http://a:1", folder_on_path=""
    )
    return found.model_copy(update=changes)


def journey(thread: Any) -> None:
    """The journey of every order: what the test has put on the thread."""
    thread.run()


class Pool:
    """The clients of the service: none that sends anything."""

    def __init__(self, order: Prepare, on_call: Callable[[Call], None]) -> None:
        self.tracer, self.made = CallTracer(), list[object]()
        self.policy, self.controls = order.policy, object()
        self.under_way: list[Call] = []
        self.warm = self.closed = 0

    def give_up(self) -> list[Call]:
        """Those that the test has begun."""
        given_up, self.under_way = self.under_way, []
        return given_up

    def warm_up(self) -> None:
        """Counts that it was asked to."""
        self.warm += 1

    def close(self) -> None:
        """Counts that it was asked to."""
        self.closed += 1


class Fired:
    """An event of Locust's, which keeps what it was fired with."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    def fire(self, **given: Any) -> None:
        """Keeps the arguments."""
        self.kept.append(given)


class LocustUser:
    """The class of the service's threads, by its name."""


class LocustEnvironment:
    """Locust's environment, as far as the service uses it; it is its own runner and its own events."""

    def __init__(self) -> None:
        self.events = self.runner = self
        self.test_start, self.test_stop, self.request = Fired(), Fired(), Fired()
        self.user_classes = [LocustUser]
        self.spawned: list[int] = []
        self.service: Service | None = None

    def spawn_users(self, users: dict[str, int]) -> None:
        """Makes clients for the new threads at once, as Locust's greenlets do soon."""
        self.spawned.append(users["LocustUser"])
        if self.service is not None:
            self.service.clients.made.extend([object()] * users["LocustUser"])  # type: ignore[list-item]


class Client:
    """The client of a thread: only its journey is set."""

    journey: Journey


class Thread:
    """A thread of the service, whose journey is a function of the test's."""

    def __init__(self, run: Callable[[], object] = lambda: None) -> None:
        self.client, self.run = Client(), run


class Bench:
    """A service, the calls that it reported, and its clock."""

    def __init__(self, clock: Clock, order: Prepare) -> None:
        self.clock, self.reported, self.environment = clock, list[Call](), LocustEnvironment()
        self.turns = LoopTurns()
        self.service = Service(order, self.environment, self.reported.append, self.turns)  # type: ignore[arg-type]
        self.service.tracer.epoch_s = clock.now_s

    @property
    def pool(self) -> Pool:
        """The stand-in for its clients."""
        return self.service.clients  # type: ignore[return-value]

    def waiting(self) -> list[Arrival | None]:
        """What is in the queue; empties it."""
        queue = self.service.arrival_queue
        return [queue.get_nowait() for _ in range(queue.qsize())]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one clock of the service: a sleeping greenlet moves it."""
    clock = Clock()
    monkeypatch.setattr(service_module, "monotonic", clock)
    monkeypatch.setattr(call_trace, "monotonic", clock)
    monkeypatch.setattr(service_module.gevent, "sleep", clock.sleep)
    return clock


@pytest.fixture
def serving(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Bench]:
    """Makes a service from settings of the scenario and fields of the order."""
    monkeypatch.setattr(service_module, "ClientPool", Pool)
    return lambda *settings, **changes: Bench(clock, order(*settings, **changes))


@pytest.fixture
def service() -> SimpleNamespace:
    """Three busy threads, two arrivals that wait, ten that came."""
    return SimpleNamespace(
        busy_threads=3, arrival_queue=SimpleNamespace(qsize=lambda: 2), arrived=10, due=lambda at_s: 12
    )
