"""Two policies behind one Session: a share of the calls goes through the new one, and the counts decide."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from math import floor, inf
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import requests

from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan
from harness.session.build.session import session_maker
from harness.session.outcome import of_status
from harness.session.rollout.alike import check_alike
from harness.session.rollout.decision import ArmSecond, RolloutDecision, State
from harness.session.rollout.fallback_log import FallbackLog
from harness.session.rollout.seconds import OwnSeconds, RolloutSeconds, SharedSeconds, shared_path
from harness.session.rollout.status import RolloutStatus, status_of
from harness.session.routing.arm import Arm
from harness.session.routing.audit_log import write_audit
from harness.session.routing.router import CallRouter, Through
from harness.session.trace.trace import current_trace

Key = Callable[[requests.PreparedRequest], str]
LOG = logging.getLogger("surgeline")
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be sent once more when the canary breaks (RFC 9110, section 9.2.2)."""
BUCKETS = 10_000


class _Side:
    """One arm, its calls under way, and what the current second has shown of it.

    `shown` has (step, calls, bad calls, calls over the latency ceiling), mostly of one call each. They are appended,
    which is one step of the interpreter, and not added up, which would need a lock for each call.
    """

    def __init__(self, name: str, policy: Policy) -> None:
        self.name, self.policy, self.arm = name, policy, Arm(policy)
        self.shown: list[tuple[int, int, bool, bool]] = []
        self.begun: dict[int, tuple[float, int]] = {}

    def taken(self, step: int, slow_before_s: float) -> ArmSecond:
        """What this step's calls have shown since the last time. A call that began before `slow_before_s` and is still
        under way is bad now, not only when it ends: one that hangs may never end."""
        for call, (began_s, begun_at) in self.begun.copy().items():
            if began_s < slow_before_s and self.begun.pop(call, None) is not None:
                self.shown.append((begun_at, 1, True, False))
        slots = self.policy.adapter
        waiting = max(0, self.arm.under_way - slots.pool_maxsize) if slots.pool_block else 0
        shown, self.shown = self.shown, []
        counted = [counts for at, *counts in shown if at == step]
        calls, bad, over = (sum(column) for column in zip(*counted, strict=True)) if counted else (0, 0, 0)
        return ArmSecond(calls, bad, over, waiting)

    def renew(self) -> None:
        """In a forked child: new connections and guards, and none of the parent's calls."""
        leaving, self.arm = self.arm, Arm(self.policy)
        self.shown, self.begun = [], {}
        leaving.abandon()


class Canary:
    """A rollout. It decides by this process's calls, or with the others that have the same folder `shared`.

    A call is counted when the response's head is there, when it failed, or when it has taken longer than `slow_s`.
    `key` gives the tenant of a request, so that all of a tenant's calls go the same way; without it each call is drawn
    for itself. Safe for several threads.
    """

    def __init__(
        self, old: Policy, new: Policy, plan: RolloutPlan, key: Key | None = None, audit: Path | None = None,
        shared: Path | None = None, rng: Random | None = None, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Raises ConfigError when one of the policies or the folder cannot be used, or the policies differ in what
        prepares a request."""
        check_alike(old, new, "a canary")
        self._plan, self.fallbacks, self._fallback_log = plan, 0, FallbackLog()
        self.baseline, self.canary = _Side("baseline", old), _Side("canary", new)
        self._key, self._audit, self._clock = key, audit, clock
        self._shared = shared_path(shared, plan, old, new) if shared is not None else None
        self._rng, self._lock = rng or Random(), threading.Lock()  # noqa: S311 - it draws calls, no secrets
        self._next_s = (
            floor(clock()) + 1
        )  # Bursts are seen whole only where all processes count the same seconds.
        self._slow_s, self._ceiling_s = plan.slow_s or inf, plan.limits.latency_ceiling_s or inf
        self._seconds = self._begun_seconds()
        self._tell("started")
        if self.decision.state != "comparing":  # Other processes have decided before this one began.
            self._ended(self.decision.state)

    @property
    def decision(self) -> RolloutDecision:
        """What has been decided so far, by the counts that this process knows."""
        return self._seconds.decision

    def _begun_seconds(self) -> RolloutSeconds:
        if self._shared is None:
            return OwnSeconds(RolloutDecision(self._plan))
        return SharedSeconds(self._plan, self._shared)

    @property
    def status(self) -> RolloutStatus:
        """What it is now, by the counts that this process knows."""
        return status_of(self.decision, self.fallbacks)

    def make_session(self) -> requests.Session:
        """The Session that both policies send for."""
        session = session_maker(self.baseline.policy)()
        CallRouter(session, self)
        session.__dict__["_surgeline_canary"] = self
        return session

    def call(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any], through: Through
    ) -> requests.Response:
        """Sends one call through the arm that is drawn for it, and counts it."""
        self.look()
        decision = self._seconds.decision
        if not self._chosen(request, decision.share):
            return self._counted(self.baseline, decision.step, kwargs, through)
        try:
            return self._counted(self.canary, decision.step, dict(kwargs), through)
        except Exception as error:
            if request.method not in REPEATABLE or _is_of_the_call(error):
                raise
            self.fallbacks += 1
            self._fallback_log.add(error, self._clock())
            return self._counted(self.baseline, decision.step, kwargs, through)

    def _chosen(self, request: requests.PreparedRequest, share: float) -> bool:
        if self._key is None:
            return self._rng.random() < share
        return crc32(self._key(request).encode()) % BUCKETS < share * BUCKETS

    def _counted(self, side: _Side, step: int, kwargs: dict[str, Any], through: Through) -> requests.Response:
        if (trace := current_trace()) is not None:
            trace.call.arm = side.name
        began_s = self._clock()
        call, good = (began_s, step), False
        side.begun[id(call)] = call
        try:
            response = through(side.arm, kwargs)
            good = of_status(response.status_code).good
            return response
        finally:
            took_s = self._clock() - began_s
            over = took_s > self._ceiling_s
            if side.begun.pop(id(call), None) is not None:
                side.shown.append((step, 1, not good or took_s > self._slow_s, over))
            elif over:  # It was counted as a bad call when it became slow.
                side.shown.append((step, 0, False, True))

    def begin(self, at_s: float) -> None:
        """The seconds count from this reading of the clock on, before the first call."""
        self._next_s = floor(at_s) + 1

    def look(self) -> None:
        """Closes the seconds that are over, as every call does first."""
        if self._clock() >= self._next_s:
            self._tick()

    def _tick(self) -> None:
        """Closes the seconds that are over, by the first caller that notices; no other waits for it."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            now_s, before, step = self._clock(), self.decision.state, self.decision.step
            if now_s < self._next_s:
                return
            at, gone = self._next_s - 1, floor(now_s) + 1 - self._next_s
            self._next_s += gone
            canary, baseline = (
                side.taken(step, now_s - self._slow_s) for side in (self.canary, self.baseline)
            )
            self._seconds.count(at, canary, baseline, gone)
            state, changed = self.decision.state, self.decision.step != step
        finally:
            self._lock.release()
        if state != before:
            self._ended(state)
        elif changed:
            self._tell(f"step {self.decision.step + 1} of {len(self.decision.plan.steps)}")

    def _ended(self, state: State) -> None:
        if state == "rolled back":
            self.canary.arm.retire()
        elif state == "promoted":
            self.baseline.arm.retire()
        self._tell(state)

    def _tell(self, what: str) -> None:
        decision, old, new = self.decision, self.baseline.policy.name, self.canary.policy.name
        LOG.info("Rollout of %s in place of %s: %s, share %g%s", new, old, what, decision.share,
                 f" ({decision.reason})" if decision.reason else "")  # fmt: skip
        write_audit(
            self._audit, event=what, plan=decision.plan.name, reason=decision.reason, seconds=decision.seconds,
            share=decision.share, **{"from": old, "to": new},
        )  # fmt: skip

    def close(self) -> None:
        """Closes the connections of both policies that no call uses."""
        for side in (self.baseline, self.canary):
            side.arm.close()

    def renew(self) -> None:
        """In a forked child: new connections, guards and locks. It goes on with what its parent had decided."""
        self._lock = threading.Lock()
        for side in (self.baseline, self.canary):
            side.renew()
        if self._shared is not None:  # Whatever the parent was reading when it forked.
            self._seconds = self._begun_seconds()


def _is_of_the_call(error: Exception) -> bool:
    """Whether a call failed as calls do. A request that requests could not begin to send is another thing."""
    return isinstance(error, requests.RequestException) and not isinstance(error, ValueError)
