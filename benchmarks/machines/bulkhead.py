"""The bulkhead, with callers that wait on threads of their own."""

from __future__ import annotations

from collections import deque
from threading import Event, Thread
from time import sleep

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from benchmarks.machines.base import Machine
from harness.session.resilience.bulkhead import Bulkhead, Slot

LONG_S, SHORT_S = 60.0, 0.0005
NUMBERS = st.integers(1, 4)


class Caller:
    """One that waits for a place on a thread until it has it."""

    def __init__(self, bulkhead: Bulkhead) -> None:
        self.slot: Slot | None = None
        self.over = Event()
        self._bulkhead = bulkhead
        Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        self.slot = self._bulkhead.enter(LONG_S)
        self.over.set()


class BulkheadMachine(Machine):
    """The model: `held` has the places that are taken, `queue` those who wait, first come, first served."""

    @initialize(connections=NUMBERS)
    def begin(self, connections: int) -> None:
        """Any number of places."""
        self.real, self.connections = Bulkhead(connections), connections
        self.held: list[Slot] = []
        self.freed: list[Slot] = []
        self.queue: deque[Caller] = deque()

    @rule(wait_s=st.sampled_from([0.0, SHORT_S]))
    def enter(self, wait_s: float) -> None:
        """Where nobody gives a place back in the meantime, patience does not help."""
        slot = self.real.enter(wait_s)
        assert (slot is not None) == (len(self.held) < self.connections)
        if slot is not None:
            self.held.append(slot)

    @precondition(lambda self: len(self.held) >= self.connections and len(self.queue) < 5)
    @rule()
    def queue_up(self) -> None:
        """One more waits."""
        caller = Caller(self.real)
        self.queue.append(caller)
        while self.real.waiting < len(self.queue) and not caller.over.is_set():
            sleep(0)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 10))
    def give_back(self, which: int) -> None:
        """A place becomes free, or the next one's."""
        slot = self.held.pop(which % len(self.held))
        slot.free()
        self.freed.append(slot)
        self._admit()

    @precondition(lambda self: self.freed)
    @rule()
    def give_back_again(self) -> None:
        """It has no effect."""
        self.freed[-1].free()

    @rule(connections=NUMBERS)
    def resize(self, connections: int) -> None:
        """More places or fewer."""
        self.real.resize(connections)
        self.connections = connections
        self._admit()

    def _admit(self) -> None:
        while self.queue and len(self.held) < self.connections:
            caller = self.queue.popleft()
            assert caller.over.wait(LONG_S)
            assert caller.slot is not None
            self.held.append(caller.slot)

    @invariant()
    def _agree(self) -> None:
        assert (self.real.taken, self.real.waiting) == (len(self.held), len(self.queue))
        assert not any(caller.over.is_set() for caller in self.queue)

    def teardown(self) -> None:
        """Nobody is left waiting."""
        super().teardown()
        if hasattr(self, "real"):
            self.real.resize(1000)
            for caller in self.queue:
                assert caller.over.wait(LONG_S)
