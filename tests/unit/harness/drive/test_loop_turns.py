"""How greenlets that continue together share the event loop: in order, a slice at a time, and nobody is lost."""

from __future__ import annotations

from collections import Counter

import gevent
import pytest
from gevent.event import Event

from harness.drive import loop_turns
from harness.drive.loop_turns import SLICE_S, LoopTurns
from tests.unit.harness.session.fakes import Clock

WORK_S = 0.51 * SLICE_S


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(loop_turns, "monotonic", clock)
    return clock


class Volley:
    """Greenlets that wake in one iteration of the loop, and then each work for about half a slice."""

    def __init__(self, clock: Clock, count: int) -> None:
        self.turns, self.clock = LoopTurns(), clock
        self.loop = gevent.get_hub().loop
        self.continued: list[tuple[int, int]] = []
        """The number of each greenlet that has continued, and the loop's iteration in which it did."""
        self.fired = Event()
        self.greenlets = [gevent.spawn(self._call, number) for number in range(count)]

    def _call(self, number: int) -> None:
        self.fired.wait()
        self.turns.wait()
        self.continued.append((number, self.loop.iteration))
        self.clock.sleep(WORK_S)

    def fire(self) -> None:
        gevent.sleep(0)
        self.fired_in = self.loop.iteration
        self.fired.set()
        gevent.joinall(self.greenlets, timeout=10.0)


def test_no_iteration_continues_more_than_a_slice_of_work(clock: Clock) -> None:
    volley = Volley(clock, 50)
    volley.fire()
    assert len(volley.continued) == 50
    assert max(Counter(iteration for _, iteration in volley.continued).values()) <= 2


def test_those_that_wait_continue_in_their_order(clock: Clock) -> None:
    volley = Volley(clock, 20)
    volley.fire()
    assert [number for number, _ in volley.continued] == list(range(20))


def test_a_timer_that_is_due_is_handled_between_two_turns(clock: Clock) -> None:
    volley = Volley(clock, 50)
    before: list[int] = []
    timer = volley.loop.timer(0.0)
    volley.fired.rawlink(lambda _: timer.start(lambda: before.append(len(volley.continued))))
    volley.fire()
    assert before[0] < 10


def test_no_call_continues_at_once_while_an_arrival_is_due(clock: Clock) -> None:
    volley = Volley(clock, 1)
    volley.turns.due_s = clock()
    volley.fire()
    assert volley.turns.take_longest_s() == 0.0
    assert volley.continued[0][1] > volley.fired_in


def test_no_call_continues_at_once_while_an_arrival_waits_for_its_thread_to_begin(clock: Clock) -> None:
    volley = Volley(clock, 1)
    volley.turns.beginning = 1
    volley.fire()
    assert volley.continued[0][1] > volley.fired_in


def test_where_arrivals_are_always_due_one_call_continues_in_each_iteration(clock: Clock) -> None:
    volley = Volley(clock, 10)
    volley.turns.due_s = clock()
    volley.fire()
    assert set(Counter(iteration for _, iteration in volley.continued).values()) == {1}
    assert [number for number, _ in volley.continued] == list(range(10))


def test_the_time_until_the_next_arrival_is_left_unless_one_is_beginning(clock: Clock) -> None:
    turns = LoopTurns()
    turns.due_s = clock() + 0.5
    assert turns.leave(0.5)
    assert not turns.leave(0.6)
    turns.beginning = 1
    assert not turns.leave(0.5)


def test_the_longest_wait_for_a_turn_is_told_once(clock: Clock) -> None:
    volley = Volley(clock, 10)
    volley.fire()
    assert volley.turns.take_longest_s() == pytest.approx(WORK_S * 7, abs=WORK_S / 10)
    assert volley.turns.take_longest_s() == 0.0


def test_one_that_is_killed_while_it_waits_holds_nobody_up(clock: Clock) -> None:
    volley = Volley(clock, 10)
    gevent.sleep(0)
    volley.fired.set()
    while not volley.turns._waiting:
        gevent.sleep(0)
    waiting = [greenlet for greenlet in volley.greenlets if not greenlet.ready()]
    waiting[-1].kill(block=False)
    gevent.joinall(volley.greenlets, timeout=10.0)
    assert len(volley.continued) == 9
    while volley.turns._waiting:
        gevent.sleep(0.001)


def test_alone_nobody_waits(clock: Clock) -> None:
    turns, iteration = LoopTurns(), gevent.get_hub().loop.iteration
    turns.wait()
    assert gevent.get_hub().loop.iteration == iteration
