"""One attempt's life: it arrives, meets its fate, waits, is worked on, is answered, and is written down."""

import asyncio
import logging
from time import monotonic, time
from typing import Protocol

from mock_upstream.endpoints.router import Endpoint
from mock_upstream.engine.queue_model import Job
from mock_upstream.engine.region import Region
from mock_upstream.engine.worker_pool import Work
from mock_upstream.faults.active import FaultDecision
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Response, common_bytes, raw_response
from mock_upstream.http.send_script import Reset, Script

Arrival = tuple[Request, str, int, int, float]
"""A complete request as the wire hands it over: request, key, attempt, nth on its connection, arrival time."""


_UNANSWERED = Response(500)
_log = logging.getLogger(__name__)


class ResponseWriter(Protocol):
    """The connection that an exchange answers on."""

    number: int

    @property
    def exchange(self) -> object | None:
        """The exchange under way on it."""

    def send(self, exchange: "Exchange", data: bytes, keep_alive: bool) -> None:
        """Sends a whole response and ends the exchange."""

    def perform(self, exchange: "Exchange", script: Script, keep_alive: bool) -> None:
        """Carries out a script, and ends the exchange when it has ended."""


class Exchange:
    """One request on one connection, until its row is in the ledger."""

    __slots__ = (
        "_job",
        "_timer",
        "answer",
        "arrived_s",
        "attempt",
        "connection",
        "endpoint",
        "fate",
        "first_byte_s",
        "gone",
        "intended_s",
        "key",
        "nth",
        "over",
        "region",
        "replay",
        "request",
        "retry_after_s",
        "status",
        "wait_s",
        "work_s",
        "written",
    )  # fmt: skip

    def __init__(self, region: Region, connection: ResponseWriter, arrival: Arrival) -> None:
        self.region = region
        self.connection = connection
        self.request, self.key, self.attempt, self.nth, self.arrived_s = arrival
        self.endpoint: Endpoint = region.router.find(self.request)
        self.fate: FaultDecision | None = None
        self.answer: Response = _UNANSWERED
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
        self._job: Job[Work] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Meet the fate, then get in line; an attempt that costs no time is answered at once."""
        region, now = self.region, self.arrived_s
        if region.rules.for_requests or region.rules.fault_headers:
            self.fate = region.rules.fate(self.request, region.name, self.key, self.attempt, now)
        work_s = 0.0 if region.instant and self.endpoint.instant else self._work_time_s()
        if work_s == 0.0 and region.pool.boundless:
            if self.fate is None and region.near:
                self.answer = answer = self._handled()
                self.replay = answer.replay
                self._speak()
            else:
                self._answer_after(now)
            return
        self._job = region.pool.submit(self, work_s, now)
        if self._job is None:
            self._overflow()

    def worked(self, job: Job[Work]) -> None:
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
            self.fate = self.fate or FaultDecision()
            self.fate.label = f"{self.fate.label}+{label}" if self.fate.label else label
        self._stop()

    def _stop(self) -> None:
        """Nobody listens any more."""
        self.over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        elif self._job is not None and not self.region.pool.leave(self._job, monotonic()):
            return  # the worker goes on; `worked` ends it
        self.end()

    def end(self) -> None:
        """Write the row: nothing more will happen to this attempt."""
        now = monotonic()
        region, request, fate = self.region, self.request, self.fate
        region.served += 1
        label = fate.label if fate else ""
        region.ledger.append(
            (self.key, region.name, request.method, self.endpoint.pattern or request.path, label),
            self.attempt, self.connection.number, self.nth, self.arrived_s, self.wait_s, self.work_s,
            self.intended_s, (self.first_byte_s or now) - self.arrived_s, now,
            self.status if self.written else 0, self.written, self.gone, self.replay, self.retry_after_s,
        )  # fmt: skip
        region.outcomes[self.status, label] += 1
        if self.intended_s and self.first_byte_s:
            region.delay_errors.add(self.first_byte_s - self.arrived_s - self.intended_s)

    def _answer_after(self, worked_at_s: float) -> None:
        """Answer as long after the (nominal) end of the work as the way takes.

        The work has its effect now, whether its answer arrives or not.
        """
        self.answer = self._answered()
        delay_s = self._distance_s() + (self.fate.delay_s if self.fate else 0.0)
        if delay_s == 0.0:
            self._speak()
            return
        due_s = worked_at_s + delay_s
        self.intended_s = due_s - self.arrived_s
        self._timer = self.region.loop.call_at(due_s, self._speak)

    def _speak(self) -> None:
        """Put the answer on the wire, as its fate wants it."""
        self._timer = None
        answer, request, fate = self.answer, self.request, self.fate
        keep_alive = request.keep_alive and not self.region.draining
        self.status = answer.status
        if answer.headers and answer.status in (429, 503):
            self.retry_after_s = answer.retry_after_s(time())
        if keep_alive and fate is None and not request.odd and (data := common_bytes(answer)):
            self.region.outbox.put((self.connection, self, data, keep_alive))
            return
        if request.http10 and answer.stream is not None and answer.length is None:
            keep_alive = False  # only the end of the connection tells HTTP/1.0 where the body ends
        raw = raw_response(
            answer, head_only=request.method == "HEAD", keep_alive=keep_alive, http10=request.http10
        )
        if raw.rest is None and (fate is None or not fate.shapers):
            self.region.outbox.put((self.connection, self, raw.head + raw.body, keep_alive))
        else:
            script = raw.script() if fate is None else fate.script(raw)
            self.connection.perform(self, script, keep_alive)

    def _answered(self) -> Response:
        """Let the endpoint do what it does, unless a fault speaks for it."""
        fate = self.fate
        answer = fate.answer if fate else None
        if answer is None:
            answer = self._handled()
            self.replay = answer.replay
        return answer

    def _overflow(self) -> None:
        """The queue is full: say so, or cut the line, at once."""
        region = self.region
        region.overflowed += 1
        self.fate = FaultDecision()  # it takes the place of whatever else was to happen
        self.fate.label = "overflow"
        if region.pool.capacity.overflow == "reset":
            script: Script = iter((Reset(),))
            self.connection.perform(self, script, keep_alive=False)
            return
        self.answer = Response(503, b"the queue is full", TEXT)
        self._speak()

    def _work_time_s(self) -> float:
        """Return for how many seconds a worker is busy: the same for the same key and attempt."""
        region, endpoint, fate = self.region, self.endpoint, self.fate
        if region.fixed_s is not None and endpoint.instant:
            return region.fixed_s * fate.factor if fate else region.fixed_s
        extra_s = endpoint.work_s(self.request) if endpoint.work_s else 0.0
        time = endpoint.service_time or region.service_time
        work_s = time.draw_s(region.work_random.throw(self.key, self.attempt)[0])
        return work_s * (fate.factor if fate else 1.0) + extra_s

    def _distance_s(self) -> float:
        """Return how many seconds the region itself is away."""
        settings = self.region.settings
        if settings.jitter_s == 0.0:
            return settings.latency_s
        u = self.region.distance_random.throw(self.key, self.attempt)[0]
        return max(0.0, settings.latency_s + settings.jitter_s * (2.0 * u - 1.0))

    def _handled(self) -> Response:
        """Return what the endpoint answers; a bug in an endpoint is a 500, and is logged."""
        try:
            return self.endpoint.handler(self.request)
        except Exception:
            _log.exception("endpoint %s failed", self.endpoint.pattern)
            return Response(500, b"Internal Server Error", TEXT)
