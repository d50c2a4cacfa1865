"""The team's service, played by Locust: its threads are Locust users that take arrivals from one line."""

from __future__ import annotations

import random
import sys
import traceback
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

import gevent
from gevent.queue import Queue
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser
from requests import Session

from harness.drive.alarm import Alarm
from harness.drive.schedule import Floats
from harness.model.call import Call
from harness.model.order import Prepare
from harness.session.anatomy import Anatomy
from harness.session.build import session_maker, timeout
from harness.session.client import Client, Journey
from harness.session.controls import Controls
from harness.session.httpx_transport import HttpxTransport
from harness.session.load import load
from harness.session.read_back import read_back
from harness.session.secrets import redact
from harness.session.transport import SessionTransport, Transport
from harness.session.warm import warm_up

JourneyFunction = Callable[["ServiceThread"], object]


class Arrival(NamedTuple):
    """A journey that is due: its number in the schedule, when it was planned and when it was let in."""

    number: int
    due_s: float
    dispatched_s: float


class ServiceEnvironment(Environment):
    """Locust's environment, and the service whose threads its users are."""

    service: Service


class ServiceThread(User):
    """One thread of the service. A journey is a function of it, as a Locust task is of its user."""

    client: Client

    @property
    def service(self) -> Service:
        """The service that this thread belongs to."""
        assert isinstance(self.environment, ServiceEnvironment)  # noqa: S101
        return self.environment.service

    @property
    def random(self) -> random.Random:
        """Chance that depends on the seed, the arrival and the step alone: the same under every policy."""
        journey = self.client.journey
        return random.Random(f"{self.service.seed}.{journey.arrival}.{journey.step}")  # noqa: S311

    def on_start(self) -> None:
        """Makes this thread's client."""
        self.client = self.service.make_client()

    @task
    def serve(self) -> None:
        """Takes the next arrival and runs the journey for it."""
        arrival = self.service.line.get()
        if arrival is None:
            raise StopUser
        self.service.serve(self, arrival)


class Service:
    """Threads, their line of arrivals and their shared Session. `on_call` gets every call as it ends."""

    def __init__(self, order: Prepare, on_call: Callable[[Call], None]) -> None:
        """Raises BadInput when the journey or the policy's factory can't be reached."""
        self.seed = order.seed
        self.anatomy = Anatomy()
        self.line: Queue[Arrival | None] = Queue()
        self.busy_threads = 0
        self.journey_errors: list[str] = []
        self._order, self._on_call = order, on_call
        self._journey: JourneyFunction = load(order.scenario.journey, order.scenario.name, "journey")
        self._make = session_maker(order.policy)
        self.controls = Controls(order.policy)
        self.policy = read_back(order.policy, self._make())
        self._kept: list[Session] = []
        self._httpx = self._alternative(order)
        self._shared = self._keep() if order.policy.session.scope == "process" else None
        self._clients: list[Client] = []
        self.environment = ServiceEnvironment(user_classes=[ServiceThread], catch_exceptions=True)
        self.environment.service = self
        self.environment.stop_timeout = 1
        self._runner: Any = self.environment.create_local_runner()

    @property
    def threads(self) -> int:
        """How many threads the service has."""
        return self._order.scenario.service.threads

    @property
    def idle(self) -> bool:
        """True when nothing waits in line and no thread is busy."""
        return self.busy_threads == 0 and self.line.empty()

    def open(self) -> None:
        """Starts the threads and returns when all of them wait in line."""
        self._runner.start(self.threads, spawn_rate=self.threads)
        while len(self._clients) < self.threads:
            gevent.sleep(0.005)

    def warm_up(self) -> None:
        """Opens the connections that the policy wants before the first call."""
        settings = self._order.policy.session
        for session in self._kept if settings.warm_connections else ():
            warm_up(session, self._order.target, settings.warm_connections)

    def make_client(self) -> Client:
        """A client over this process's, this thread's or each call's own Session, as the policy's scope says."""
        client = Client(self._order.target, self._transport(), self.anatomy, self._on_call)
        self._clients.append(client)
        return client

    def _transport(self) -> Transport:
        if self._httpx is not None:
            return self._httpx
        session = self._keep() if self._order.policy.session.scope == "user" else self._shared
        return SessionTransport(self._session, session, timeout(self._order.policy))

    def serve(self, thread: ServiceThread, arrival: Arrival) -> None:
        """Runs the journey for one arrival. A journey's own error is noted, and the service goes on."""
        thread.client.journey = Journey(*arrival)
        self.busy_threads += 1
        try:
            self._journey(thread)
        except Exception as error:
            self._note(error)
        finally:
            self.busy_threads -= 1

    def admit(self, planned_s: Floats) -> None:
        """Lets arrivals in when they are due, whatever the threads are doing. Runs in a greenlet of its own."""
        now, put, epoch_s = self.anatomy.now, self.line.put_nowait, self.anatomy.epoch_s
        alarm = Alarm()
        try:
            for number, due_s in enumerate(planned_s.tolist()):
                alarm.sleep_until(epoch_s + due_s)
                put(Arrival(number, due_s, now()))
        finally:
            alarm.close()

    def drain(self, at_most_s: float) -> list[Call]:
        """Waits until all is done, for a bounded time; returns what was still unfinished, marked as cancelled."""
        until_s = monotonic() + at_most_s
        while not self.idle and monotonic() < until_s:
            gevent.sleep(0.01)
        unfinished = [client.in_flight for client in self._clients if client.in_flight is not None]
        while not self.line.empty():
            number, due_s, dispatched_s = self.line.get_nowait()
            unfinished.append(Call(number, 0, "", "(no thread)", due_s, self.anatomy.now(), dispatched_s))
        for call in unfinished:
            call.ended_s = self.anatomy.now()
        return unfinished

    def close(self) -> None:
        """Sends the threads home. Threads still busy are left: killing one could damage a pool."""
        for _ in range(self.threads):
            self.line.put_nowait(None)
        if self.busy_threads == 0:
            self._runner.quit()

    def _alternative(self, order: Prepare) -> Transport | None:
        if order.policy.transport == "requests":
            return None
        return HttpxTransport(order.policy, self.anatomy, order.target)

    def _keep(self) -> Session:
        self._kept.append(self._session())
        return self._kept[-1]

    def _session(self) -> Session:
        return self.controls.attach(self.anatomy.instrument(self._make()))

    def _note(self, error: Exception) -> None:
        message = redact(f"{type(error).__name__}: {error}")
        if message not in self.journey_errors and len(self.journey_errors) < 20:
            self.journey_errors.append(message)
            sys.stderr.write(redact("".join(traceback.format_exception(error))))
