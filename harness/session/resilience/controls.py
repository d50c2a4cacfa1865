"""The levers of one process: settings that can be changed during calls, on any Session, including a team's own."""

from __future__ import annotations

from typing import Literal

import requests

from harness.model.hedge_settings import HedgeSettings
from harness.model.limiter_settings import EnvoyLimiter, LimiterSettings
from harness.model.policy import Policy
from harness.model.resilience_settings import RatioBudgetSettings as RatioSettings
from harness.session.resilience.budget import RatioBudget
from harness.session.resilience.hooks import PolicyHooks
from harness.session.resilience.pipeline import Forced, Pipeline
from harness.session.resilience.throttle import RateThrottle

HEDGES = 0.05
"""Hedges as a share of calls where the lever switches them on and the policy has no retry budget."""


class Controls:
    """One per process. Each lever applies from the next attempt on, and None or False reverts it.

    Limits in a team's own Session: its own Retry has slept before the budget can refuse, and loops around the
    Session are outside the levers.
    """

    def __init__(self, policy: Policy, pipeline: Pipeline | None = None) -> None:
        self.pipeline = pipeline or Pipeline(policy)
        self.hooks = PolicyHooks(self.pipeline)
        self._budget = self.pipeline.budget
        self._limiter = self.pipeline.limiter or EnvoyLimiter(kind="envoy")
        self._hedge = policy.hedge or HedgeSettings()
        self._hedges_alone = RatioBudget(RatioSettings(kind="ratio", ratio=HEDGES, min_per_s=0.0))

    def attach(self, session: requests.Session) -> requests.Session:
        """Puts the policy and its levers on a Session. Returns the same Session."""
        return self.hooks.put_on(session)

    def set_throttle(self, rate_per_s: float | Literal[False] | None, wait_s: float = 1.0) -> None:
        """At most `rate_per_s` attempts a second over all hosts; one that would wait over `wait_s` is refused."""
        self.hooks.activate()
        if rate_per_s is None or rate_per_s is False:
            self.pipeline.rate = None
        else:
            self.pipeline.rate = RateThrottle(rate_per_s, wait_s=wait_s)

    def set_retries(self, total: bool | int | None) -> None:
        """False for no retries at all, a number as the maximum, True or None for the Session's own."""
        self.hooks.activate()
        self.pipeline.retries_total = None if total is True else total

    def set_budget(self, ratio: float | Literal[False] | None) -> None:
        """Retries are at most this share of the calls of the last ten seconds; None or False for the policy's own."""
        self.hooks.activate()
        if ratio is None or ratio is False:
            self.pipeline.budget = self._budget
        else:
            self.pipeline.budget = RatioBudget(RatioSettings(kind="ratio", ratio=ratio, min_per_s=0.0))

    def set_breaker(self, state: Forced) -> None:
        """ "open" refuses every attempt, "closed" admits every one, "auto" leaves it to the policy."""
        self.hooks.activate()
        self.pipeline.forced_breaker = state

    def take_limiter(self, settings: LimiterSettings | None) -> None:
        """Another limiter, or none, in place of the policy's. It begins anew."""
        self.hooks.activate()
        self.pipeline.limiter, self._limiter = settings, settings or self._limiter

    def set_limiter(self, on: bool) -> None:
        """The policy's limiter, or Envoy's with its defaults where it has none; False for none. It begins anew."""
        self.hooks.activate()
        self.pipeline.limiter = self._limiter if on else None

    def set_hedge(self, on: bool) -> None:
        """The policy's hedging, or one with its defaults and a budget of 5% where it has none; False for none."""
        self.hooks.activate()
        pipeline = self.pipeline
        pipeline.hedge(self._hedge if on else None)
        if on and pipeline.budget is None:
            pipeline.budget = self._hedges_alone
        elif not on and pipeline.budget is self._hedges_alone:
            pipeline.budget = self._budget

    def set_timeouts(self, connect_s: float | None, read_s: float | None) -> None:
        """Timeouts of every attempt, in place of the caller's; None keeps the caller's."""
        self.hooks.activate()
        self.pipeline.connect_s, self.pipeline.read_s = connect_s, read_s

    def set_pool_maxsize(self, maxsize: int) -> None:
        """Slots of every pool, existing and future."""
        self.hooks.activate()
        self.hooks.set_pool_maxsize(maxsize)
