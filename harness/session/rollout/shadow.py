"""A share of the calls is sent once more by a new policy, whose responses are compared and thrown away."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any, Literal, NamedTuple

import requests
from requests.hooks import default_hooks

from harness.model.call import Call
from harness.model.policy import Policy
from harness.session.build.session import session_maker
from harness.session.rollout.alike import check_alike
from harness.session.rollout.response_difference import differences
from harness.session.rollout.shadow_counts import FOR_NOISE, By, ShadowCounts
from harness.session.routing.arm import Arm
from harness.session.routing.router import CallRouter, Through
from harness.session.routing.session_settings import take_mapping
from harness.session.trace.call_trace import ATTEMPT_HEADER, KEY_HEADER, CallTracer
from harness.session.trace.trace import current_trace

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Only methods that change nothing (RFC 9110, section 9.2.1) are sent twice."""
THREADS, WAITING = 4, 100


class Original(NamedTuple):
    """A call that was sent by the old policy: its response, and the call of the trace that it was made in, if any."""

    request: requests.PreparedRequest
    response: requests.Response
    kwargs: dict[str, Any]
    call: Call | None


class ShadowedCall(NamedTuple):
    """A call that was sent once more by the `new` or the `old` policy; `by` is "" for one that was dropped.

    `different` are the names of what differed; of one that `failed`, the name of the exception.
    """

    of: Call | None
    by: By | Literal[""]
    different: list[str]
    failed: bool = False


@dataclass(slots=True)
class RepeatedCall(Call):
    """A repetition as it is traced. Its key is its own: the upstream's ledger and its faults know the first one by
    the other."""

    by: By = "new"

    @property
    def key(self) -> str:
        """That of the first one, and who repeats it."""
        return f"{self.arrival}.{self.step}.{self.by}"


Waiting = queue.SimpleQueue[Original | None]


class Shadow:
    """Sends `share` of the safe calls again, in threads of its own. It never delays or fails the caller.

    About half of the repetitions go by the old policy once more, so that what differs by itself (times, ids) is known.
    A repetition has the request of the first one, with the new policy's headers where they are the Session's. Streamed
    responses are not repeated. With a `tracer`, which must be no other's, repetitions are traced and have keys of
    their own; `listeners` get each repetition when it has ended or was dropped.
    """

    threads: list[threading.Thread]

    def __init__(
        self, old: Policy, new: Policy, share: float,
        headers: Collection[str] = (), ignored: Collection[str] = (), rng: Random | None = None,
        tracer: CallTracer | None = None,
    ) -> None:  # fmt: skip
        """Raises ConfigError when one of the policies cannot be used, or they differ in what prepares a request."""
        check_alike(old, new, "a shadow", but={"headers"})
        self.counts, self._share, self._headers, self._ignored = ShadowCounts(), share, headers, ignored
        self._policies, self._rng = (old, new), rng or Random()  # noqa: S311 - it draws calls, no secrets
        self._tracer, self.listeners = tracer, list[Callable[[ShadowedCall], object]]()
        self._take_arms()
        self._begin()

    def make_session(self) -> requests.Session:
        """The Session that the old policy sends for."""
        session = session_maker(self._policies[0])()
        CallRouter(session, self)
        session.__dict__["_surgeline_shadow"] = self
        weakref.finalize(session, self.end).atexit = False
        return session

    def call(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any], through: Through
    ) -> requests.Response:
        """Sends the call by the old policy; some are put in the queue to be repeated."""
        response = through(self.baseline, kwargs)
        if self._rng.random() < self._share and request.method in SAFE and not kwargs.get("stream"):
            trace = current_trace()
            call = trace.call if trace is not None else None
            if self._waiting.qsize() < WAITING:
                self._waiting.put(Original(request, response, kwargs, call))
                if not self.threads:
                    self._start()
            else:
                self.counts.dropped += 1
                self._tell(ShadowedCall(call, "", []))
        return response

    def renew(self) -> None:
        """In a forked child: new connections and threads. What waited is the parent's."""
        for arm in (self.baseline, *self._arms.values()):
            arm.abandon()
        self._take_arms()
        self._begin()

    def close(self) -> None:
        """Closes the connections that no call uses, and ends the threads once they have repeated what waits."""
        self.end()
        for arm in (self.baseline, *self._arms.values()):
            arm.close()

    def end(self, within_s: float = 0.0) -> None:
        """Ends the threads, once they have repeated what waits; waits for them for `within_s` at most."""
        with self._lock:
            ending, self.threads = self.threads, []
            for _ in ending:
                self._waiting.put(None)
        until_s = monotonic() + within_s
        for thread in ending if within_s else ():
            thread.join(max(0.0, until_s - monotonic()))

    def _take_arms(self) -> None:
        old, new = self._policies
        self.baseline, self._arms = Arm(old), {"new": Arm(new), "old": Arm(old)}
        if self._tracer is not None:
            for arm in self._arms.values():
                self._tracer.instrument(arm.template)

    def _begin(self) -> None:
        self._lock, self.threads = threading.Lock(), []
        self._waiting: Waiting = queue.SimpleQueue()

    def _start(self) -> None:
        with self._lock:
            while len(self.threads) < THREADS:  # A context of its own: a repetition is no part of a call.
                thread = threading.Thread(
                    target=Context().run, args=(self._repeat,), name="surgeline-shadow", daemon=True
                )
                self.threads.append(thread)
                thread.start()

    def _repeat(self) -> None:
        for original in iter(self._waiting.get, None):
            by: By = "old" if self._rng.random() < FOR_NOISE else "new"
            failed = False
            try:
                different = self._compared(original, by)
            except Exception as error:  # Whatever breaks here must not reach the caller's process.
                failed, different = True, [type(error).__name__]
            with self._lock:
                self.counts.add(by, different, failed=failed)
            self._tell(ShadowedCall(original.call, by, different, failed))

    def _compared(self, original: Original, by: By) -> list[str]:
        """The names of what differs when the call is repeated. Raises whatever the Session does."""
        arm, request, kwargs = self._arms[by], self._repeated(original.request, by), dict(original.kwargs)
        with self._traced(original.call, by):
            response = arm.call(request, kwargs, lambda: arm.template.send(request, **kwargs))
        return differences(original.response, response, self._headers, self._ignored)

    def _repeated(self, first: requests.PreparedRequest, by: By) -> requests.PreparedRequest:
        """The request as it is sent once more: without the first one's key, which would be taken for a retry of it."""
        request = first.copy()
        request.hooks = default_hooks()  # The service's own have seen this call; they must not see it twice.
        for header in (KEY_HEADER, ATTEMPT_HEADER):
            request.headers.pop(header, None)
        if by == "new":
            take_mapping(request.headers, self.baseline.template.headers, self._arms[by].template.headers)
        return request

    @contextmanager
    def _traced(self, call: Call | None, by: By) -> Iterator[None]:
        if self._tracer is None or call is None:
            yield
            return
        now_s = self._tracer.now()
        again = RepeatedCall(call.arrival, call.step, call.method, call.route, now_s, now_s, by=by)
        with self._tracer.calling(again, keyed=True) as trace:
            try:
                yield
            finally:
                trace.drop_tracebacks()

    def _tell(self, repetition: ShadowedCall) -> None:
        for listen in self.listeners:
            listen(repetition)
