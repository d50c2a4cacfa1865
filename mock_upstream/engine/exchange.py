"""One attempt at the upstream: arrival, fault decision, queue, work, response, and its row in the ledger."""

import asyncio
import logging
from time import monotonic, time
from typing import Protocol

from mock_upstream.endpoints.router import Endpoint
from mock_upstream.engine.queue_model import Job
from mock_upstream.engine.region import Region
from mock_upstream.engine.worker_pool import Work
from mock_upstream.faults.active import FaultDecision
from mock_upstream.http.cross_origin import ANY_ORIGIN, cross_origin_lines
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Response, common_bytes, raw_response
from mock_upstream.http.send_script import Reset, Script

Arrival = tuple[Request, str, int, int, float]
"""A complete request as the connection delivers it: request, key, attempt, nth on its connection, arrival time."""


_NO_RESPONSE = Response(500)
_log = logging.getLogger(__name__)


class ResponseWriter(Protocol):
    """The connection on which an exchange responds."""

    number: int

    @property
    def exchange(self) -> object | None:
        """The exchange under way on it."""

    def send(self, exchange: "Exchange", data: bytes, keep_alive: bool) -> None:
        """Sends a whole response and ends the exchange."""

    def perform(self, exchange: "Exchange", script: Script, keep_alive: bool) -> None:
        """Runs a script, and ends the exchange when it has ended."""


class Exchange:
    """One request on one connection, until its row is in the ledger."""

    __slots__ = (
        "_job",
        "_timer",
        "arrived_s",
        "attempt",
        "client_left",
        "connection",
        "decision",
        "endpoint",
        "first_byte_s",
        "intended_s",
        "key",
        "nth",
        "over",
        "region",
        "replay",
        "request",
        "response",
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
        self.decision: FaultDecision | None = None
        self.response: Response = _NO_RESPONSE
        self.wait_s = 0.0
        self.work_s = 0.0
        self.intended_s = 0.0
        self.first_byte_s = 0.0
        self.status = 0
        self.written = 0
        self.client_left = False
        self.over = False
        """Whether the exchange has ended or its client has disconnected."""
        self.replay = False
        self.retry_after_s = 0.0
        self._job: Job[Work] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Decide the faults, then queue the work; an attempt without work gets its response immediately."""
        region, now = self.region, self.arrived_s
        if region.rules.for_requests or region.rules.fault_headers:
            self.decision = region.rules.decision(self.request, region.name, self.key, self.attempt, now)
        work_s = 0.0 if region.instant and self.endpoint.instant else self._work_time_s()
        if work_s == 0.0 and region.pool.boundless:
            if self.decision is None and region.adds_no_latency:
                self.response = response = self._call_endpoint()
                self.replay = response.replay
                self._respond()
            else:
                self._respond_after(now)
            return
        self._job = region.pool.submit(self, work_s, now)
        if self._job is None:
            self._overflow()

    def finished(self, job: Job[Work]) -> None:
        """The worker has finished the work: respond, unless the client has disconnected."""
        self._job = None
        self.wait_s = job.start_s - job.arrived_s
        self.work_s = job.finish_s - job.start_s
        self.intended_s = job.finish_s - job.arrived_s
        if self.over:
            self._run_endpoint()  # the work has its effect, although no response is sent
            self.end()
        else:
            self._respond_after(job.finish_s)

    def leave(self) -> None:
        """The client has disconnected before the end."""
        self.client_left = True
        self._stop()

    def cut(self, label: str) -> None:
        """The upstream has ended the connection before the end; `label` names the fault that caused it, if any."""
        if label:
            self.decision = self.decision or FaultDecision()
            self.decision.label = f"{self.decision.label}+{label}" if self.decision.label else label
        self._stop()

    def _stop(self) -> None:
        """Stop: no response can be sent any more."""
        self.over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        elif self._job is not None and not self.region.pool.leave(self._job, monotonic()):
            return  # the worker continues; `finished` ends the exchange
        self.end()

    def end(self) -> None:
        """Write the row: nothing more will happen to this attempt."""
        now = monotonic()
        region, request, decision = self.region, self.request, self.decision
        region.served += 1
        label = decision.label if decision else ""
        region.ledger.append(
            (self.key, region.name, request.method, self.endpoint.pattern or request.path, label),
            self.attempt, self.connection.number, self.nth, self.arrived_s, self.wait_s, self.work_s,
            self.intended_s, (self.first_byte_s or now) - self.arrived_s, now,
            self.status if self.written else 0, self.written, self.client_left, self.replay, self.retry_after_s,
        )  # fmt: skip
        region.outcomes[self.status, label] += 1
        if self.intended_s and self.first_byte_s:
            region.delay_errors.add(self.first_byte_s - self.arrived_s - self.intended_s)

    def _respond_after(self, finished_at_s: float) -> None:
        """Respond after the region's latency, counted from the (nominal) end of the work.

        The work has its effect now, even if its response does not arrive.
        """
        self.response = self._run_endpoint()
        delay_s = self._distance_s() + (self.decision.delay_s if self.decision else 0.0)
        if delay_s == 0.0:
            self._respond()
            return
        due_s = finished_at_s + delay_s
        self.intended_s = due_s - self.arrived_s
        self._timer = self.region.loop.call_at(due_s, self._respond)

    def _respond(self) -> None:
        """Send the response, as the fault decision determines."""
        self._timer = None
        response, request, decision = self.response, self.request, self.decision
        keep_alive = request.keep_alive and not self.region.draining
        self.status = response.status
        if response.headers and response.status in (429, 503):
            self.retry_after_s = response.retry_after_s(time())
        if keep_alive and decision is None and not request.odd and (data := common_bytes(response)):
            self.region.send_batch.put((self.connection, self, data, keep_alive))
            return
        if request.http10 and response.stream is not None and response.length is None:
            keep_alive = False  # in HTTP/1.0 only the end of the connection marks the end of the body
        raw = raw_response(
            response,
            head_only=request.method == "HEAD",
            keep_alive=keep_alive,
            http10=request.http10,
            cross_origin=cross_origin_lines(request) if request.odd else ANY_ORIGIN,
        )
        if raw.rest is None and (decision is None or not decision.shapers):
            self.region.send_batch.put((self.connection, self, raw.head + raw.body, keep_alive))
        else:
            script = raw.script() if decision is None else decision.script(raw)
            self.connection.perform(self, script, keep_alive)

    def _run_endpoint(self) -> Response:
        """Return the response of the endpoint, or of the fault that replaces it."""
        decision = self.decision
        response = decision.response if decision else None
        if response is None:
            response = self._call_endpoint()
            self.replay = response.replay
        return response

    def _overflow(self) -> None:
        """The queue is full: respond with 503 or reset the connection, immediately."""
        region = self.region
        region.overflowed += 1
        self.decision = FaultDecision()  # it replaces every other fault
        self.decision.label = "overflow"
        if region.pool.capacity.overflow == "reset":
            script: Script = iter((Reset(),))
            self.connection.perform(self, script, keep_alive=False)
            return
        self.response = Response(503, b"the queue is full", TEXT)
        self._respond()

    def _work_time_s(self) -> float:
        """Return for how many seconds a worker is busy: the same for the same key and attempt."""
        region, endpoint, decision = self.region, self.endpoint, self.decision
        if region.fixed_s is not None and endpoint.instant:
            return region.fixed_s * decision.factor if decision else region.fixed_s
        extra_s = endpoint.work_s(self.request) if endpoint.work_s else 0.0
        time = endpoint.service_time or region.service_time
        work_s = time.draw_s(region.work_random.draw(self.key, self.attempt)[0])
        return work_s * (decision.factor if decision else 1.0) + extra_s

    def _distance_s(self) -> float:
        """Return the region's own latency in seconds."""
        settings = self.region.settings
        if settings.jitter_s == 0.0:
            return settings.latency_s
        u = self.region.distance_random.draw(self.key, self.attempt)[0]
        return max(0.0, settings.latency_s + settings.jitter_s * (2.0 * u - 1.0))

    def _call_endpoint(self) -> Response:
        """Return the endpoint's response; an exception in an endpoint is a 500, and is logged."""
        try:
            return self.endpoint.handler(self.request)
        except Exception:
            _log.exception("endpoint %s failed", self.endpoint.pattern)
            return Response(500, b"Internal Server Error", TEXT)
