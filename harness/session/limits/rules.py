"""The rule of each kind, by its settings."""

from __future__ import annotations

from typing import Any, Protocol

from harness.model import limiter_settings
from harness.session.limits import aimd, envoy, failsafe, gradient2, vegas
from harness.session.limits.sample import LimitState, WindowSample


class Rule(Protocol):
    """What the module of each kind offers. Both functions are pure, and never raise."""

    def begin(self, settings: Any, now: float) -> Any:
        """The state at the beginning."""

    def update(self, settings: Any, state: Any, sample: WindowSample, now: float) -> Any:
        """The state after a window."""


RULES: dict[str, Rule] = {
    "aimd": aimd, "vegas": vegas, "gradient2": gradient2, "envoy": envoy, "failsafe": failsafe,
}  # fmt: skip


def begin(settings: limiter_settings.LimiterSettings, now: float) -> LimitState:
    """The state at the beginning."""
    state: LimitState = RULES[settings.kind].begin(settings, now)
    return state


def update(
    settings: limiter_settings.LimiterSettings, state: LimitState, sample: WindowSample, now: float
) -> LimitState:
    """The state after a window; `state` is one that this kind has made."""
    after: LimitState = RULES[settings.kind].update(settings, state, sample, now)
    return after
