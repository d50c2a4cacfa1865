"""A bounded wait for a connection, first come, first served."""

from __future__ import annotations

from threading import Event, Lock, Thread

from harness.session.resilience.bulkhead import Bulkhead, Slot


def test_as_many_as_there_are_places_enter_at_once() -> None:
    bulkhead = Bulkhead(2)
    assert [bulkhead.enter(0.0) is not None for _ in range(3)] == [True, True, False]


def test_a_wait_ends_when_its_time_is_over_and_leaves_the_line() -> None:
    bulkhead = Bulkhead(1)
    assert bulkhead.enter(0.0) is not None
    assert bulkhead.enter(0.01) is None
    assert bulkhead.waiting == 0


def test_a_place_given_back_twice_is_one_place() -> None:
    bulkhead = Bulkhead(1)
    slot = bulkhead.enter(0.0)
    assert slot is not None
    slot.free()
    slot.free()
    assert bulkhead.enter(0.0) is not None
    assert bulkhead.enter(0.0) is None


def test_the_longest_waiting_caller_is_next() -> None:
    bulkhead, order = Bulkhead(1), list[int]()
    slots: list[Slot] = [s for s in [bulkhead.enter(0.0)] if s is not None]
    entered = [Event() for _ in range(5)]

    def stand_in_line(number: int) -> None:
        slot = bulkhead.enter(10.0)
        assert slot is not None
        order.append(number)
        slots.append(slot)
        entered[number].set()

    threads = []
    for number in range(5):
        threads.append(Thread(target=stand_in_line, args=(number,)))
        threads[-1].start()
        while bulkhead.waiting <= number:
            pass
    for number in range(5):
        slots.pop().free()
        assert entered[number].wait(10.0)
        assert bulkhead.enter(0.0) is None, "a newcomer overtook the line"
    for thread in threads:
        thread.join(10.0)
    assert order == [0, 1, 2, 3, 4]


def test_a_place_that_is_given_back_within_the_wait_is_handed_over() -> None:
    bulkhead, got = Bulkhead(1), list[Slot | None]()
    held = bulkhead.enter(0.0)
    assert held is not None
    waiting = Thread(target=lambda: got.append(bulkhead.enter(0.9)))
    waiting.start()
    while not bulkhead.waiting:
        pass
    held.free()
    waiting.join(10.0)
    assert got[0] is not None
    assert (bulkhead.taken, bulkhead.waiting) == (1, 0)
    got[0].free()
    assert bulkhead.taken == 0


def test_a_larger_bulkhead_admits_those_that_wait_at_once() -> None:
    bulkhead, got = Bulkhead(1), list[Slot | None]()
    assert bulkhead.enter(0.0) is not None
    waiting = Thread(target=lambda: got.append(bulkhead.enter(10.0)))
    waiting.start()
    while not bulkhead.waiting:
        pass
    bulkhead.resize(2)
    waiting.join(10.0)
    assert got[0] is not None
    assert (bulkhead.taken, bulkhead.waiting) == (2, 0)


def test_a_smaller_bulkhead_hands_no_place_over_until_enough_are_given_back() -> None:
    bulkhead = Bulkhead(3)
    slots = [bulkhead.enter(0.0) for _ in range(3)]
    bulkhead.resize(1)
    for slot in slots:
        assert bulkhead.enter(0.0) is None
        assert slot is not None
        slot.free()
    assert [bulkhead.enter(0.0) is not None for _ in range(2)] == [True, False]


def test_a_bulkhead_of_the_same_size_lets_nobody_in() -> None:
    bulkhead = Bulkhead(1)
    assert bulkhead.enter(0.0) is not None
    waiting = Lock()
    waiting.acquire()
    bulkhead._queue.append(waiting)
    bulkhead.resize(1)
    assert (bulkhead.taken, bulkhead.waiting, waiting.locked()) == (1, 1, True)
