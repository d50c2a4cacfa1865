"""Greenlets wait for an event loop on a thread of its own, and other greenlets run meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import gevent

from harness.drive.native_thread import HandOver
from harness.session.client.loop_thread import LoopThread


async def _value(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


def test_a_greenlet_waits_while_others_run() -> None:
    hand_over = HandOver()
    thread = LoopThread(hand_over.system())
    seen: list[str] = []
    go = asyncio.Event()

    async def held() -> str:
        await go.wait()
        return "held"

    async def free() -> None:
        go.set()

    caller = gevent.spawn(lambda: seen.append(thread.run(held())))
    gevent.sleep(0)
    seen.append("meanwhile")
    thread.run(free())
    caller.join(timeout=10.0)
    assert seen == ["meanwhile", "held"]
    thread.close(_value(None))


def test_each_of_many_greenlets_gets_its_own_result_and_continues_in_turn() -> None:
    hand_over = HandOver()
    turns: list[int] = []
    hand_over.in_turn = lambda: turns.append(1)
    thread = LoopThread(hand_over.system())
    callers = [gevent.spawn(thread.run, _value(number)) for number in range(100)]
    gevent.joinall(callers, timeout=10.0)
    assert [caller.value for caller in callers] == list(range(100))
    assert len(turns) == 100
    thread.close(_value(None))


def test_a_greenlet_that_is_killed_cancels_its_work() -> None:
    hand_over = HandOver()
    thread = LoopThread(hand_over.system())
    begun: list[str] = []

    async def endless() -> None:
        begun.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            begun.append("ended")

    caller = gevent.spawn(thread.run, endless())
    gevent.sleep(0)
    thread.run(_value(None))
    assert begun == ["begun"]
    caller.kill(timeout=10.0)
    while thread.tasks:
        thread.run(_value(None))
        gevent.sleep(0)
    assert begun == ["begun", "ended"]
    thread.close(_value(None))
