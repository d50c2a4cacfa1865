"""The upstream's workers and queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from benchmarks.machines.base import TICK_S, Machine
from mock_upstream.engine.queue_model import Discipline, Job, Workers

NUMBERS = st.one_of(st.none(), st.integers(1, 4))
QUEUES = st.one_of(st.none(), st.integers(0, 4))


@dataclass(slots=True)
class JobModel:
    """One job; `remaining_s` is its work as its worker needs it, counted down while it is being done."""

    number: int
    work_s: float
    arrived_s: float
    remaining_s: float = 0.0
    started_s: float | None = None
    ended_s: float | None = None
    state: Literal["waiting", "working", "ended", "cancelled"] = "waiting"


@dataclass(slots=True)
class QueueModel:
    """A table of jobs and one clock that is moved from event to event: every job's work counts down as it moves."""

    workers: int | None
    queue: int | None
    discipline: Discipline
    brownout: float
    at_s: float = 0.0
    paused: bool = False
    jobs: list[JobModel] = field(default_factory=list)

    def of(self, state: str) -> list[JobModel]:
        """The jobs in a state, in the order of their arrival."""
        return [job for job in self.jobs if job.state == state]

    def move(self, now: float) -> list[int]:
        """The numbers of the jobs that end until now, in order."""
        ended: list[int] = []
        while not self.paused and (working := self.of("working")):
            first = min(working, key=lambda job: (job.remaining_s, job.number))
            if self.at_s + first.remaining_s > now:
                break
            self._pass(first.remaining_s)
            first.state, first.ended_s = "ended", self.at_s
            ended.append(first.number)
            self.fill(one=True)
        self._pass(now - self.at_s)
        return ended

    def _pass(self, seconds: float) -> None:
        for job in self.of("working"):
            job.remaining_s -= 0.0 if self.paused else seconds
        self.at_s += seconds

    @property
    def free(self) -> bool:
        """Whether a worker could begin now."""
        return not self.paused and (self.workers is None or len(self.of("working")) < self.workers)

    def offer(self, work_s: float) -> JobModel | None:
        """A worker takes it, or the queue where it has room."""
        if not self.free and self.queue is not None and len(self.of("waiting")) >= self.queue:
            return None
        job = JobModel(len(self.jobs), work_s, self.at_s)
        busy = self.free
        self.jobs.append(job)
        if busy:
            self._start(job)
        return job

    def fill(self, *, one: bool = False) -> None:
        """Free workers take those that wait: all, or one after one that ended."""
        while self.free and (waiting := self.of("waiting")):
            self._start(waiting[0 if self.discipline == "fifo" else -1])
            if one:
                return

    def _start(self, job: JobModel) -> None:
        job.remaining_s = job.work_s * (1.0 + self.brownout * len(self.of("working")))
        job.state, job.started_s = "working", self.at_s

    def cancel(self, job: JobModel) -> bool:
        """Whether it was under way or waiting."""
        if job.state not in {"waiting", "working"}:
            return False
        worked = job.state == "working"
        job.state = "cancelled"
        if worked:
            self.fill(one=True)
        return True


class QueueMachine(Machine):
    """Jobs that are offered and cancelled, pauses, and changes of the numbers."""

    @initialize(
        workers=NUMBERS,
        queue=QUEUES,
        discipline=st.sampled_from(["fifo", "lifo"]),
        brownout=st.sampled_from([0, 0.5]),
    )
    def begin(self, workers: int | None, queue: int | None, discipline: Discipline, brownout: float) -> None:
        """Any numbers."""
        self.real: Workers[int] = Workers(workers, queue, discipline, brownout)
        self.model = QueueModel(workers, queue, discipline, brownout)
        self.jobs: list[Job[int] | None] = []

    def _move(self) -> None:
        ended = [job.subject for job in self.real.advance(self.now)]
        assert ended == self.model.move(self.now)

    @rule(work=st.integers(0, 64 * 10), count=st.integers(1, 4))
    def offer(self, work: int, count: int) -> None:
        """Some at once."""
        self._move()
        for _ in range(count):
            number, expected = len(self.model.jobs), self.model.offer(work * TICK_S)
            found = self.real.offer(number, work * TICK_S, self.now)
            assert (found is None) == (expected is None)
            if found is not None:
                self.jobs.append(found)

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 100))
    def cancel(self, which: int) -> None:
        """Any job, whatever has become of it: its client does not know."""
        self._move()
        job, expected = self.jobs[which % len(self.jobs)], self.model.jobs[which % len(self.jobs)]
        assert job is not None
        was = job.cancelled
        self.real.cancel(job, self.now)
        assert (job.cancelled and not was) == self.model.cancel(expected)

    @rule(workers=NUMBERS, queue=QUEUES)
    def resize(self, workers: int | None, queue: int | None) -> None:
        """More or fewer."""
        self._move()
        self.real.resize(workers, queue, self.now)
        self.model.workers, self.model.queue = workers, queue
        self.model.fill()

    @rule(discipline=st.sampled_from(["fifo", "lifo"]))
    def reorder(self, discipline: Discipline) -> None:
        """For those that start from now on."""
        self._move()
        self.real.discipline = self.model.discipline = discipline

    @rule()
    def pause(self) -> None:
        """All work stops."""
        self._move()
        self.real.pause(self.now)
        self.model.paused = True

    @rule()
    def resume(self) -> None:
        """All work goes on."""
        self._move()
        self.real.resume(self.now)
        self.model.paused = False
        self.model.fill()

    @invariant()
    def _agree(self) -> None:
        if not hasattr(self, "real"):
            return
        self._move()
        working = self.model.of("working")
        assert (self.real.busy, self.real.waiting) == (len(working), len(self.model.of("waiting")))
        due_s = self.real.next_finish_s()
        assert (due_s is None) == (self.model.paused or not working)
        if due_s is not None:
            assert due_s == self.model.at_s + min(job.remaining_s for job in working)
        for job, expected in zip(self.jobs, self.model.jobs, strict=True):
            assert job is not None
            assert job.start_s == expected.started_s or (
                job.start_s != job.start_s and expected.started_s is None
            )
            assert expected.ended_s in (None, job.finish_s)
