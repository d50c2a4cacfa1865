"""One attempt's life: it arrives, meets its fate, waits, is worked on, is answered, and is written down."""

import asyncio
from time import monotonic, time
from typing import TYPE_CHECKING

from mock_upstream.answer import TEXT, Answer, common_bytes, raw_of
from mock_upstream.capacity import Job
from mock_upstream.request import Request
from mock_upstream.router import Endpoint
from mock_upstream.rules import Fate
from mock_upstream.script import Reset, Script

if TYPE_CHECKING:
    from mock_upstream.service import Service
    from mock_upstream.wire import Connection


Arrival = tuple[Request, str, int, int, float]
"""A complete request as the wire hands it over: request, key, attempt, nth on its connection, arrival time."""


_UNANSWERED = Answer(500)


class Exchange:
    """One request on one connection, until its row is in the ledger."""

    __slots__ = (
        "_job", "_timer", "answer", "arrived_s", "attempt", "connection", "endpoint", "fate", "first_byte_s", "gone",
        "intended_s", "key", "nth", "over", "replay", "request", "retry_after_s", "service", "status", "wait_s",
        "work_s", "written",
    )  # fmt: skip

    def __init__(self, service: "Service", connection: "Connection", arrival: Arrival) -> None:
        self.service = service
        self.connection = connection
        self.request, self.key, self.attempt, self.nth, self.arrived_s = arrival
        self.endpoint: Endpoint = service.router.find(self.request)
        self.fate: Fate | None = None
        self.answer: Answer = _UNANSWERED
        self.wait_s = 0.0
        self.work_s = 0.0
        self.intended_s = 0.0
        self.first_byte_s = 0.0
        self.status = 0
        self.written = 0
        self.gone = False
        self.over = False
        """Whether nobody listens any more."""
        self.replay = False
        self.retry_after_s = 0.0
        self._job: Job[Exchange] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Meet the fate, then get in line; an attempt that costs no time is answered at once."""
        service, now = self.service, self.arrived_s
        if service.rules.for_requests or service.rules.fault_headers:
            self.fate = service.rules.fate(self.request, service.region, self.key, self.attempt, now)
        work_s = 0.0 if service.instant and self.endpoint.instant else service.work_s(self)
        if work_s == 0.0 and service.pool.boundless:
            if self.fate is None and service.near:
                self.answer = answer = service.handle(self)
                self.replay = answer.replay
                self._speak()
            else:
                self._answer_after(now)
            return
        self._job = service.pool.submit(self, work_s, now)
        if self._job is None:
            self._overflow()

    def worked(self, job: Job["Exchange"]) -> None:
        """The worker has ended the work: answer, when anybody still listens."""
        self._job = None
        self.wait_s = job.start_s - job.arrived_s
        self.work_s = job.finish_s - job.start_s
        self.intended_s = job.finish_s - job.arrived_s
        if self.over:
            self._answered()  # the work has its effect, though nobody hears of it
            self.end()
        else:
            self._answer_after(job.finish_s)

    def leave(self) -> None:
        """The client has left before the end."""
        self.gone = True
        self._stop()

    def cut(self, label: str) -> None:
        """We have cut the line before the end; `label` names the fault that did it, if one did."""
        if label:
            self.fate = self.fate or Fate()
            self.fate.label = f"{self.fate.label}+{label}" if self.fate.label else label
        self._stop()

    def _stop(self) -> None:
        """Nobody listens any more."""
        self.over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        elif self._job is not None and not self.service.pool.leave(self._job, monotonic()):
            return  # the worker goes on; `worked` ends it
        self.end()

    def end(self) -> None:
        """Write the row: nothing more will happen to this attempt."""
        now = monotonic()
        service, request, fate = self.service, self.request, self.fate
        service.served += 1
        label = fate.label if fate else ""
        service.ledger.append(
            (self.key, service.region, request.method, self.endpoint.pattern or request.path, label),
            self.attempt, self.connection.number, self.nth, self.arrived_s, self.wait_s, self.work_s,
            self.intended_s, (self.first_byte_s or now) - self.arrived_s, now,
            self.status if self.written else 0, self.written, self.gone, self.replay, self.retry_after_s,
        )  # fmt: skip
        service.outcomes[self.status, label] += 1
        if self.intended_s and self.first_byte_s:
            service.delay_errors.add(self.first_byte_s - self.arrived_s - self.intended_s)

    def _answer_after(self, worked_at_s: float) -> None:
        """Answer as long after the (nominal) end of the work as the way takes.

        The work has its effect now, whether its answer arrives or not.
        """
        self.answer = self._answered()
        delay_s = self.service.distance_s(self) + (self.fate.delay_s if self.fate else 0.0)
        if delay_s == 0.0:
            self._speak()
            return
        due_s = worked_at_s + delay_s
        self.intended_s = due_s - self.arrived_s
        self._timer = self.service.loop.call_at(due_s, self._speak)

    def _speak(self) -> None:
        """Put the answer on the wire, as its fate wants it."""
        self._timer = None
        answer, request, fate = self.answer, self.request, self.fate
        keep_alive = request.keep_alive and not self.service.draining
        self.status = answer.status
        if answer.headers and answer.status in (429, 503):
            self.retry_after_s = answer.retry_after_s(time())
        if keep_alive and fate is None and not request.odd and (data := common_bytes(answer)):
            self.service.outbox.put((self.connection, self, data, keep_alive))
            return
        if request.http10 and answer.stream is not None and answer.length is None:
            keep_alive = False  # only the end of the connection tells HTTP/1.0 where the body ends
        raw = raw_of(answer, head_only=request.method == "HEAD", keep_alive=keep_alive, http10=request.http10)
        if raw.rest is None and (fate is None or not fate.shapers):
            self.service.outbox.put((self.connection, self, raw.head + raw.body, keep_alive))
        else:
            script = raw.script() if fate is None else fate.script(raw)
            self.connection.perform(self, script, keep_alive)

    def _answered(self) -> Answer:
        """Let the endpoint do what it does, unless a fault speaks for it."""
        fate = self.fate
        answer = fate.answer if fate else None
        if answer is None:
            answer = self.service.handle(self)
            self.replay = answer.replay
        return answer

    def _overflow(self) -> None:
        """The queue is full: say so, or cut the line, at once."""
        service = self.service
        service.overflowed += 1
        self.fate = Fate()  # it takes the place of whatever else was to happen
        self.fate.label = "overflow"
        if service.pool.capacity.overflow == "reset":
            script: Script = iter((Reset(),))
            self.connection.perform(self, script, keep_alive=False)
            return
        self.answer = Answer(503, b"the queue is full", TEXT)
        self._speak()
