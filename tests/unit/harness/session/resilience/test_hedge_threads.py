"""The helper threads: no more than the limit, and idle ones are used again."""

from __future__ import annotations

from threading import Event

from harness.session.resilience.hedge_threads import HedgeThreads


def test_work_is_refused_while_all_threads_are_busy() -> None:
    threads, go, over = HedgeThreads(1), Event(), Event()
    assert threads.run(lambda: (go.wait(5.0), over.set()))
    assert not threads.run(lambda: None)
    go.set()
    assert over.wait(5.0)


def test_the_threads_that_are_not_idle_are_busy() -> None:
    threads = HedgeThreads(4)
    threads.started, threads._idle = 3, 1
    assert threads.busy == 2


def test_an_idle_thread_is_used_again() -> None:
    threads = HedgeThreads(4)
    for _ in range(20):
        done = Event()
        assert threads.run(done.set)
        assert done.wait(5.0)
        while threads.busy:
            pass
    assert threads.started == 1
