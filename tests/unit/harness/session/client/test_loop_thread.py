"""Coroutines run on the loop's own thread, and their results reach the callers."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from harness.model.errors import MachineError
from harness.session.client.loop_thread import LoopThread, ThreadSystem


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    """A loop that is closed at the end."""
    made = LoopThread()
    yield made
    made.close(_value(None))


async def _value(value: Any) -> Any:
    return value


async def _fail() -> None:
    raise ValueError("no")


def test_a_result_is_returned_and_an_error_raised_in_the_caller(thread: LoopThread) -> None:
    assert thread.run(_value(3)) == 3
    with pytest.raises(ValueError, match="no"):
        thread.run(_fail())
    assert not thread.tasks


def test_work_runs_on_one_thread_that_is_not_the_caller_s(thread: LoopThread) -> None:
    async def here() -> int:
        return threading.get_ident()

    found = {thread.run(here()) for _ in range(3)}
    assert len(found) == 1
    assert threading.get_ident() not in found


def test_many_callers_get_their_own_results(thread: LoopThread) -> None:
    async def later(number: int) -> int:
        await asyncio.sleep(0)
        return number

    found: dict[int, int] = {}
    callers = [
        threading.Thread(target=lambda n=number: found.update({n: thread.run(later(n))}))
        for number in range(50)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10.0)
    assert found == {number: number for number in range(50)}


def test_an_interrupted_caller_cancels_its_work() -> None:
    ended, begun = threading.Event(), threading.Event()
    signals: list[Any] = []

    class Interrupted(threading.Event):
        """Its wait is interrupted once the work has begun."""

        def wait(self, timeout: float | None = None) -> bool:
            if signals and self is signals[-1]:
                return super().wait(timeout)
            begun.wait(10.0)
            raise KeyboardInterrupt

    def pending() -> Any:
        made = Interrupted()
        if not signals:
            signals.append(made)  # The first one is for the end of the thread.
        return made

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    thread = LoopThread(ThreadSystem(pending=pending))
    with pytest.raises(KeyboardInterrupt):
        thread.run(endless())
    assert ended.wait(10.0)
    thread.close(_value(None))
    assert not thread.tasks


def test_closing_cancels_what_is_under_way_and_runs_the_last_work() -> None:
    thread, ended, begun = LoopThread(), threading.Event(), threading.Event()
    last: list[str] = []

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def closing() -> None:
        last.append("closed" if ended.is_set() else "too early")

    threading.Thread(target=thread.run, args=(endless(),), daemon=True).start()
    assert begun.wait(10.0)
    thread.close(closing())
    assert last == ["closed"]
    with pytest.raises(MachineError, match="event loop: has ended"):
        thread.run(_value(1))


def test_a_second_close_does_nothing() -> None:
    thread = LoopThread()
    thread.close(_value(None))
    thread.close(_value(None))


def test_a_forked_process_has_no_loop(thread: LoopThread, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.getpid()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: own + 1)
        with pytest.raises(MachineError, match="does not exist in a forked process; make a new client"):
            thread.run(_value(1))
    assert thread.run(_value(1)) == 1


def test_names_are_resolved_by_the_system_on_a_thread_that_may_block() -> None:
    seen: list[tuple[Any, ...]] = []
    thread_of: list[int] = []

    def resolve(*asked: Any) -> list[Any]:
        seen.append(asked)
        thread_of.append(threading.get_ident())
        return ["found"]

    thread = LoopThread(ThreadSystem(getaddrinfo=resolve))

    async def look_up() -> Any:
        loop = asyncio.get_running_loop()
        return await loop.getaddrinfo("a.test", 80), threading.get_ident()

    found, own = thread.run(look_up())
    assert found == ["found"]
    assert seen[0][:2] == ("a.test", 80)
    assert own not in thread_of
    thread.close(_value(None))


def test_a_connection_is_opened_on_a_socket_of_the_system() -> None:
    made: list[tuple[Any, ...]] = []

    def new_socket(*asked: Any) -> socket.socket:
        made.append(asked)
        raise OSError("no socket")

    def resolve(*_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]

    thread = LoopThread(ThreadSystem(new_socket=new_socket, getaddrinfo=resolve))

    async def connect() -> None:
        await asyncio.open_connection("127.0.0.1", 9)

    with pytest.raises(OSError, match="no socket"):
        thread.run(connect())
    assert made[0][:2] == (socket.AF_INET, socket.SOCK_STREAM)
    thread.close(_value(None))


def test_an_error_of_a_helper_thread_reaches_its_caller(thread: LoopThread) -> None:
    async def ask() -> None:
        await asyncio.to_thread(int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        thread.run(ask())
