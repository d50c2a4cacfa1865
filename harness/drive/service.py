"""The team's service, simulated by Locust: its threads, the queue in which arrivals wait for them, its levers."""

from __future__ import annotations

import math
import sys
import traceback
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from time import monotonic
from typing import Any, Protocol

import gevent
from gevent.queue import Queue
from locust.env import Environment

from harness.analyse.schedule import Floats
from harness.drive.arrival import Arrival
from harness.drive.client_pool import ClientPool
from harness.drive.loop_turns import LoopTurns
from harness.drive.precise_timer import PreciseTimer
from harness.model.arrivals import Closed
from harness.model.call import Call, Outcome
from harness.model.driver_messages import Prepare
from harness.model.lever_base import LeverBase
from harness.session.build.user_code import load_object
from harness.session.client.client import Client, Journey
from harness.session.secrets import redact

ERRORS_KEPT, MORE_CALLERS = 20, 16


class Thread(Protocol):
    """What the service needs of one of its threads: the client that its journeys call with."""

    client: Client


JourneyFunction = Callable[[Thread], object]


class ServiceEnvironment(Environment):
    """Locust's environment, and the service whose threads its users are."""

    service: Service


class Service:
    """One process of the service. `on_call` gets every call as it ends."""

    def __init__(
        self,
        order: Prepare,
        environment: ServiceEnvironment,
        on_call: Callable[[Call], None],
        turns: LoopTurns,
    ) -> None:
        """Raises ConfigError when the journey or the policy's factory cannot be loaded."""
        self.seed = order.seed
        self.mix = order.scenario.mix
        self.targets = dict(order.targets) or {"main": order.target}
        self.clients = ClientPool(order, on_call)
        self.tracer = self.clients.tracer
        self.arrival_queue: Queue[Arrival | None] = Queue()
        self.busy_threads = self.arrived = 0
        self.journey_errors = Counter[str]()
        self.features: dict[str, bool] = {}
        self.shares: list[tuple[float, int]] = [(0.0, order.processes)]
        self.threads, self._to_retire = order.scenario.service.threads, 0
        self._order, self._on_call, self._turns = order, on_call, turns
        self._journey: JourneyFunction = load_object(order.scenario.journey, order.scenario.name, "journey")
        self._after_journey: Callable[[], object] = lambda: None
        self._planned_s: list[float] = []
        self._next = 0
        self._environment = environment
        environment.service = self

    @property
    def idle(self) -> bool:
        """True when the queue is empty and no thread is busy."""
        return self.busy_threads == 0 and self.arrival_queue.empty()

    def open(self) -> None:
        """Starts the threads and returns when all of them wait for arrivals."""
        self._tell_locust("test_start")
        self._spawn(self.threads)
        while len(self.clients.made) < self.threads:
            gevent.sleep(0.005)

    def begin(self, epoch_s: float) -> None:
        """Sets the run's epoch, and opens the warm connections."""
        self.tracer.epoch_s = epoch_s
        self.clients.warm_up()

    def serve(self, thread: Thread, arrival: Arrival) -> None:
        """Runs the journey for one arrival. A journey's own error is recorded, and the service continues."""
        dispatched_s = arrival.dispatched_s
        if arrival.thread_free:
            self._turns.beginning -= 1
            dispatched_s = self.tracer.now()
        thread.client.journey = Journey(arrival.number, arrival.due_s, dispatched_s)
        self.busy_threads += 1
        try:
            self._journey(thread)
        except Exception as error:
            self._note(error)
        finally:
            self.busy_threads -= 1
            self._after_journey()

    def retires(self) -> bool:
        """Whether the calling thread must exit after scale-down."""
        if not self._to_retire:
            return False
        self._to_retire -= 1
        return True

    def admit(self, planned_s: Floats) -> None:
        """Dispatches this process's arrivals when they are due, even if all threads are busy, until the last.

        Runs in its own greenlet. Closed-loop users start immediately, and again after each think time.
        """
        closed = self._order.scenario.closed
        if closed is not None:
            self._admit_users(closed)
        alarm, self._planned_s = PreciseTimer(), planned_s.tolist()
        try:
            for number, due_s in enumerate(self._planned_s):
                if self._is_mine(number, due_s):
                    self._turns.due_s = self.tracer.epoch_s + due_s
                    alarm.sleep_until(self._turns.due_s)
                    self._let_in(Arrival(number, due_s, self.tracer.now()))
                self._next = number + 1
        finally:
            self._turns.due_s = math.inf
            alarm.close()

    def due(self, until_s: float) -> int:
        """How many arrivals of this process were due until then, in seconds of the run.

        On a busy machine some of them have not been dispatched yet, and are then dispatched together.
        """
        overdue = range(self._next, bisect_right(self._planned_s, until_s))
        return self.arrived + sum(self._is_mine(number, self._planned_s[number]) for number in overdue)

    def pull(self, lever: LeverBase) -> str:
        """Applies one lever to this process. Returns "", or the reason for which it had no effect."""
        if self._order.drives_service:
            return "works only where surgeline simulates the service, not on the processes of service.command"
        receivers = {"client": self.clients.controls, "service": self}
        if lever.scope not in receivers:
            return "works only in a run of several processes"
        if lever.scope == "client" and self._order.rollout is not None:
            return "works only in a run of one policy, and a rollout has two"
        transport = self._order.policy.transport
        if lever.scope == "client" and transport != "requests":
            return f'works only with requests, and the policy has transport = "{transport}"'
        lever.apply_to(receivers[lever.scope])
        return ""

    def set_threads(self, count: int) -> None:
        """Starts more threads, or stops the surplus: idle threads immediately, busy ones after their journey."""
        change, self.threads = count - self.threads, count
        if change > 0:
            self._spawn(change)
            return
        self._to_retire -= change
        for _ in range(-change):
            self.arrival_queue.put_nowait(None)

    def set_feature(self, name: str, on: bool) -> None:
        """Turns an optional step of the journey on or off."""
        self.features[name] = on

    def set_cache(self, on: bool, ttl_s: float) -> None:
        """Turns the response cache of this process on, empty, or off."""
        self.clients.set_cache(on, ttl_s)

    def drain(self, at_most_s: float) -> list[Call]:
        """Waits until all is done, for a bounded time; returns what was still unfinished, marked as cancelled."""
        until_s = monotonic() + at_most_s
        while not self.idle and monotonic() < until_s:
            gevent.sleep(0.01)
        unfinished = self.clients.give_up()
        while not self.arrival_queue.empty():
            arrival = self.arrival_queue.get_nowait()
            if arrival is not None:
                unfinished.append(self._without_thread(arrival))
        for call in unfinished:
            call.ended_s = self.tracer.now()
        return unfinished

    def close(self) -> None:
        """Stops the idle threads. Busy ones are left running: killing one could damage a pool."""
        self.set_threads(0)
        self._tell_locust("test_stop")
        self.clients.close()

    def _admit_users(self, closed: Closed) -> None:
        """Each user starts immediately, and again after its journey and think time.

        Users have no schedule; their requests are sent together, which wakes the upstream less often.
        """
        self.tracer.give_way = partial(gevent.sleep, 0)
        index, processes = self._order.index, self._order.processes
        numbers = count(index, processes)

        def again() -> None:
            now_s = self.tracer.now()
            if now_s < closed.duration_s:
                self._let_in(Arrival(next(numbers), now_s, now_s))

        think_s = closed.think_s
        self._after_journey = partial(gevent.spawn_later, think_s, again) if think_s else again
        for _ in range(index, closed.users, processes):
            again()
        gevent.sleep(max(0.0, closed.duration_s - self.tracer.now()))

    def _is_mine(self, number: int, due_s: float) -> bool:
        processes = next(n for from_s, n in reversed(self.shares) if from_s <= due_s)
        return number % processes == self._order.index

    def _let_in(self, arrival: Arrival) -> None:
        self.arrived += 1
        if self._order.drives_service:
            self._grow()
        most = self._order.scenario.service.max_waiting
        free = self.busy_threads + self.arrival_queue.qsize() < self.threads
        if most is None or self.arrival_queue.qsize() < most or self.busy_threads < self.threads:
            self._turns.beginning += free
            self.arrival_queue.put_nowait(arrival._replace(thread_free=free))
            return
        call = self._without_thread(arrival)
        call.outcome = Outcome.DROPPED
        self._on_call(call)

    def _grow(self) -> None:
        """A caller of a real service never waits for a thread here: where none is free, more are started."""
        if self.busy_threads + self.arrival_queue.qsize() >= self.threads:
            self.set_threads(self.threads + MORE_CALLERS)

    def _without_thread(self, arrival: Arrival) -> Call:
        now_s = self.tracer.now()
        call = Call(arrival.number, 0, "", "(no thread)", arrival.due_s, now_s, arrival.dispatched_s)
        call.ended_s = now_s
        return call

    def _spawn(self, threads: int) -> None:
        runner: Any = self._environment.runner
        runner.spawn_users({user.__name__: threads for user in self._environment.user_classes})

    def _tell_locust(self, event: str) -> None:
        getattr(self._environment.events, event).fire(environment=self._environment)

    def _note(self, error: Exception) -> None:
        message = redact(f"{type(error).__name__}: {error}")
        if message not in self.journey_errors and len(self.journey_errors) >= ERRORS_KEPT:
            message = "other errors"
        self.journey_errors[message] += 1
        if self.journey_errors[message] == 1:
            sys.stderr.write(redact("".join(traceback.format_exception(error))))
