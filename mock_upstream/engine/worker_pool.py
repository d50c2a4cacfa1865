"""Workers on an event loop: jobs of the queue model start and end at their time."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from mock_upstream.engine.queue_model import Job, Workers
from mock_upstream.engine.send_batch import SendBatch

if TYPE_CHECKING:
    from mock_upstream.profile import Capacity

_AT_ONCE = 4
"""The most responses before the loop reads from its sockets again: see net/event_loop.py."""


class Work(Protocol):
    """The work of a worker."""

    def finished(self, job: "Job[Work]") -> None:
        """Called when the work has ended."""


class WorkerPool:
    """The workers of one region, or of several that share them."""

    def __init__(self, capacity: "Capacity", loop: asyncio.AbstractEventLoop, send_batch: SendBatch) -> None:
        self.capacity = capacity
        self.workers: Workers[Work] = Workers(
            capacity.workers, capacity.queue, capacity.discipline, capacity.brownout
        )
        self.boundless = capacity.workers is None and capacity.brownout == 0.0
        self.abandoned = 0
        self._pauses = 0
        self._loop, self._send_batch = loop, send_batch
        self._timer: asyncio.TimerHandle | None = None
        self._ended: deque[Job[Work]] = deque()
        """Finished work that has no response yet."""

    def submit(self, exchange: Work, work_s: float, now: float) -> "Job[Work] | None":
        """Accept work; `exchange.finished(job)` is called at its end. None when the queue is full."""
        self._advance(now)
        job = self.workers.offer(exchange, work_s, now)
        self._schedule()
        return job

    def leave(self, job: "Job[Work]", now: float) -> bool:
        """The client of `job` has disconnected; return whether the work stops (otherwise it runs to its end)."""
        self.abandoned += 1
        if self.capacity.abandoned == "finish":
            return False
        self._advance(now)
        self.workers.cancel(job, now)
        self._schedule()
        return job.cancelled

    def pause(self, now: float) -> None:
        """Stop the workers until `resume` was called as often as `pause`."""
        self._pauses += 1
        self._advance(now)
        self.workers.pause(now)
        self._schedule()
        self._set_boundless()

    def resume(self, now: float) -> None:
        """Let the workers continue, unless another pause is active."""
        self._pauses -= 1
        if self._pauses == 0:
            self.workers.resume(now)
            self._schedule()
            self._set_boundless()

    def change(self, capacity: "Capacity", now: float) -> None:
        """Use another capacity from now on."""
        self._advance(now)
        self.capacity = capacity
        self._set_boundless()
        self.workers.discipline = capacity.discipline
        self.workers.brownout = capacity.brownout
        self.workers.resize(capacity.workers, capacity.queue, now)
        self._schedule()

    def _set_boundless(self) -> None:
        unlimited = self.capacity.workers is None and self.capacity.brownout == 0.0
        self.boundless = unlimited and self._pauses == 0

    def _advance(self, now: float) -> None:
        self._ended.extend(self.workers.advance(now))

    def _tick(self) -> None:
        self._timer = None
        self._advance(self._loop.time())
        for _ in range(min(len(self._ended), _AT_ONCE)):
            job = self._ended.popleft()
            job.subject.finished(job)
        self._send_batch.flush()
        self._schedule()

    def _schedule(self) -> None:
        due = 0.0 if self._ended else self.workers.next_finish_s()
        if self._timer is not None:
            if due is not None and self._timer.when() <= due:
                return
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self._loop.call_at(due, self._tick)
