"""The loop looks at everybody in turn, a few at a time, and its timers are exact."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from mock_upstream.engine.send_batch import SendBatch
from mock_upstream.engine.worker_pool import WorkerPool
from mock_upstream.net.event_loop import PreciseSelector, new_loop
from mock_upstream.profile import Capacity

_MANY = 50


@pytest.fixture
def callers() -> Iterator[list[socket.socket]]:
    """Sockets that each have something to read."""
    pairs = [socket.socketpair() for _ in range(_MANY)]
    for near, _ in pairs:
        near.send(b"x")
    yield [far for _, far in pairs]
    for near, far in pairs:
        near.close()
        far.close()


def test_of_many_that_are_ready_each_has_its_turn_before_any_has_a_second(
    callers: list[socket.socket],
) -> None:
    selector = PreciseSelector()
    for caller in callers:
        selector.register(caller, 1)
    received: list[int] = []
    while len(received) < _MANY:
        ready = selector.select(0)
        assert 0 < len(ready) < _MANY / 2
        received += [key.fd for key, _ in ready]
    assert len(set(received[:_MANY])) == _MANY
    for caller in callers:
        selector.unregister(caller)
    assert selector.select(0) == []
    selector.close()


def test_it_sleeps_to_the_microsecond_not_to_the_next_millisecond() -> None:
    selector = PreciseSelector()
    early = []
    for _ in range(20):
        began_s = time.monotonic()
        selector.select(0.0013)
        early.append(time.monotonic() - began_s)
    selector.close()
    assert 0.0013 <= min(early) < 0.0019  # epoll alone would make it 2 ms


class _Worked:
    """What stands for an exchange: it notes in which turn of the loop it was done."""

    turn = 0

    def __init__(self, done: list[int]) -> None:
        self.done = done

    def finished(self, job: object) -> None:
        self.done.append(_Worked.turn)


def test_a_volley_of_answers_leaves_the_loop_time_for_others() -> None:
    async def volley() -> list[int]:
        loop, done = asyncio.get_running_loop(), []
        pool = WorkerPool(Capacity(), loop, SendBatch(loop))
        now = loop.time()
        for _ in range(100):
            pool.submit(_Worked(done), 0.001, now)  # type: ignore[arg-type]
        while len(done) < 100:
            await asyncio.sleep(0)
            _Worked.turn += 1
        return done

    with asyncio.Runner(loop_factory=new_loop) as runner:
        turns = runner.run(volley())
    assert max(turns.count(turn) for turn in turns) <= 16
    assert turns == sorted(turns)
