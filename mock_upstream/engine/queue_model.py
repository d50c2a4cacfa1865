"""c workers and one bounded queue, as arithmetic: the time is an argument, and there is no clock inside.

Finish times are *nominal*: a worker whose timer fires late starts the next job at the time at which it
should have started, so that the lateness of timers does not add up and 8 workers × 20 ms is 400/s.
"""

import heapq
from collections import deque
from typing import Generic, Literal, TypeVar

J = TypeVar("J")
Discipline = Literal["fifo", "lifo"]


class Job(Generic[J]):
    """One piece of work: `start_s` and `finish_s` are nominal, on the caller's clock, NaN until known."""

    __slots__ = ("arrived_s", "cancelled", "ended", "finish_s", "order", "start_s", "subject", "work_s")

    def __init__(self, subject: J, arrived_s: float, work_s: float, order: int) -> None:
        self.subject = subject
        self.arrived_s = arrived_s
        self.work_s = work_s
        self.order = order
        self.start_s = float("nan")
        self.finish_s = float("nan")
        self.cancelled = self.ended = False


class Workers(Generic[J]):
    """`workers` servers (None: unlimited) with a queue of at most `queue` (None: any number).

    Call `advance(now)` before anything else that depends on `now`; `next_finish_s()` says when to call again.
    """

    def __init__(
        self,
        workers: int | None,
        queue: int | None = None,
        discipline: Discipline = "fifo",
        brownout: float = 0.0,
    ) -> None:
        self.workers = workers
        self.queue = queue
        self.discipline = discipline
        self.brownout = brownout
        self._busy: list[tuple[float, int, Job[J]]] = []
        """A heap by end and order of arrival: tuples are compared without a call."""
        self._waiting: deque[Job[J]] = deque()
        self._gone_waiting = 0
        self._order = 0
        self._paused_s: float | None = None

    @property
    def busy(self) -> int:
        """How many workers are busy."""
        return len(self._busy)

    @property
    def waiting(self) -> int:
        """How many jobs are waiting."""
        return len(self._waiting) - self._gone_waiting

    def offer(self, subject: J, work_s: float, now: float) -> Job[J] | None:
        """Accept the job, to be started now or later; None when the queue is full."""
        if self._free() or self.queue is None or self.waiting < self.queue:
            job = Job(subject, now, work_s, self._order)
            self._order += 1
            if self._free():
                self._start(job, now)
            else:
                self._waiting.append(job)
            return job
        return None

    def advance(self, now: float) -> list[Job[J]]:
        """Return the jobs that have ended by `now`, in order, and start the waiting ones."""
        ended: list[Job[J]] = []
        while self._busy and self._busy[0][0] <= now and self._paused_s is None:
            job = heapq.heappop(self._busy)[2]
            job.ended = True
            ended.append(job)
            if self._waiting:
                self._fill(job.finish_s)
        return ended

    def next_finish_s(self) -> float | None:
        """Return when the next job ends, or None."""
        return self._busy[0][0] if self._busy and self._paused_s is None else None

    def cancel(self, job: Job[J], now: float) -> None:
        """Cancel a job whose client has disconnected: remove it from the queue or its worker, unless it has ended."""
        if job.cancelled or job.ended:
            return
        job.cancelled = True
        if job.start_s != job.start_s:  # NaN: it is waiting, and is skipped later
            self._gone_waiting += 1
            return
        self._busy.remove((job.finish_s, job.order, job))
        heapq.heapify(self._busy)
        self._fill(now)

    def resize(self, workers: int | None, queue: int | None, now: float) -> None:
        """Change the numbers; jobs in progress end at their old times."""
        self.workers = workers
        self.queue = queue
        while self._fill(now):
            pass

    def pause(self, now: float) -> None:
        """Stop all work at `now`; jobs offered during the pause wait."""
        if self._paused_s is None:
            self._paused_s = now

    def resume(self, now: float) -> None:
        """Continue after a pause: every job ends later by its length."""
        if self._paused_s is None:
            return
        lost_s, self._paused_s = now - self._paused_s, None
        for _, _, job in self._busy:
            job.finish_s += lost_s
        self._busy = [(job.finish_s, job.order, job) for _, _, job in self._busy]
        while self._fill(now):
            pass

    def _free(self) -> bool:
        if self._paused_s is not None:
            return False
        return self.workers is None or len(self._busy) < self.workers

    def _fill(self, now: float) -> bool:
        """Give a free worker the next job that is not cancelled; False when there is none."""
        while self._waiting and self._free():
            job = self._waiting.popleft() if self.discipline == "fifo" else self._waiting.pop()
            if job.cancelled:
                self._gone_waiting -= 1
                continue
            self._start(job, now)
            return True
        return False

    def _start(self, job: Job[J], now: float) -> None:
        job.start_s = now
        slower = 1.0 + self.brownout * len(self._busy)
        job.finish_s = now + job.work_s * slower
        heapq.heappush(self._busy, (job.finish_s, job.order, job))
