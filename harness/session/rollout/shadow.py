"""A share of the calls is sent once more by a new policy, whose responses are compared and thrown away."""

from __future__ import annotations

import queue
import threading
import weakref
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from math import log
from random import Random
from typing import Any

import requests
from requests.hooks import default_hooks

from harness.model.policy import Policy
from harness.session.build.session import session_maker
from harness.session.rollout.evidence import above
from harness.session.rollout.response_difference import differences
from harness.session.routing.arm import Arm
from harness.session.routing.router import CallRouter, Through

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Only methods that change nothing (RFC 9110, section 9.2.1) are sent twice."""
THREADS, WAITING, SAMPLES = 4, 100, 20
Waiting = queue.SimpleQueue[tuple[requests.PreparedRequest, requests.Response, dict[str, Any]] | None]
FOR_NOISE = 0.5
"""The probability that a call is repeated by the old policy."""
DIFFERS_FROM = log(20.0)
"""ln of the evidence from which the new policy's responses differ more than the old one's own: 95%."""


@dataclass(slots=True)
class ShadowCounts:
    """What was compared so far. `noise` are responses of the old policy that were compared with its own.

    `dropped` were not sent, because as many as the queue holds were waiting; `failed` are calls that only the new
    policy failed. `samples` name what differed in the last ones, without any value.
    """

    compared: int = 0
    different: int = 0
    failed: int = 0
    noise: int = 0
    noise_different: int = 0
    dropped: int = 0
    samples: deque[list[str]] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    @property
    def differs(self) -> bool:
        """Whether the new policy's responses are shown to differ more often than the old one's own responses do.

        Which policy repeats a call is drawn, so that a response that differs by itself is as likely to be counted on
        either side, whatever calls come in which order.
        """
        return above(self.different + self.failed, self.noise_different, 1.0 - FOR_NOISE) >= DIFFERS_FROM


class Shadow:
    """Sends `share` of the safe calls again, in threads of its own. It never delays or fails the caller.

    About half of the repetitions go by the old policy once more, so that what differs by itself (times, ids) is known.
    Streamed responses are not repeated.
    """

    threads: list[threading.Thread]

    def __init__(
        self, old: Policy, new: Policy, share: float,
        headers: Collection[str] = (), ignored: Collection[str] = (), rng: Random | None = None,
    ) -> None:  # fmt: skip
        """Raises ConfigError when one of the policies cannot be used."""
        self.counts, self._share, self._headers, self._ignored = ShadowCounts(), share, headers, ignored
        self._policies, self._rng = (old, new), rng or Random()  # noqa: S311 - it draws calls, no secrets
        self.baseline, self._arms = Arm(old), (Arm(old), Arm(new))
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
            if self._waiting.qsize() < WAITING:
                self._waiting.put((request, response, kwargs))
                if not self.threads:
                    self._start()
            else:
                self.counts.dropped += 1
        return response

    def renew(self) -> None:
        """In a forked child: new connections and threads. What waited is the parent's."""
        for arm in (self.baseline, *self._arms):
            arm.abandon()
        old, new = self._policies
        self.baseline, self._arms = Arm(old), (Arm(old), Arm(new))
        self._begin()

    def close(self) -> None:
        """Closes the connections that no call uses, and ends the threads once they have repeated what waits."""
        self.end()
        for arm in (self.baseline, *self._arms):
            arm.close()

    def end(self) -> None:
        """Ends the threads, once they have repeated what waits."""
        with self._lock:
            for _ in self.threads:
                self._waiting.put(None)
            self.threads = []

    def _begin(self) -> None:
        self._lock, self.threads = threading.Lock(), []
        self._waiting: Waiting = queue.SimpleQueue()

    def _start(self) -> None:
        with self._lock:
            while len(self.threads) < THREADS:
                thread = threading.Thread(target=self._repeat, name="surgeline-shadow", daemon=True)
                self.threads.append(thread)
                thread.start()

    def _repeat(self) -> None:
        for request, response, kwargs in iter(self._waiting.get, None):
            again = self._rng.random() < FOR_NOISE
            with self._lock:
                self.counts.noise += again
                self.counts.compared += not again
            self._compare(request, response, kwargs, again=again)

    def _compare(
        self,
        request: requests.PreparedRequest,
        response: requests.Response,
        given: dict[str, Any],
        *,
        again: bool,
    ) -> None:
        arm, counts, kwargs = self._arms[0 if again else 1], self.counts, dict(given)
        request = request.copy()
        request.hooks = (
            default_hooks()
        )  # The service's own hooks have seen this call; they must not see it twice.
        failed = False
        try:
            repeated = arm.call(request, kwargs, lambda: arm.template.send(request, **kwargs))
            different = differences(response, repeated, self._headers, self._ignored)
        except Exception as error:  # Whatever breaks here must not reach the caller's process.
            failed, different = True, [type(error).__name__]
        if not different:
            return
        with self._lock:
            counts.noise_different += again
            counts.failed += failed and not again
            counts.different += not failed and not again
            if not again:
                counts.samples.append(different)
