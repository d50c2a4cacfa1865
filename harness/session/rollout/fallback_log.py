"""The warnings about a canary that breaks: a line a minute at most, with the number of calls."""

from __future__ import annotations

import logging
from math import inf

LOG = logging.getLogger("surgeline")
EVERY_S = 60.0


class FallbackLog:
    """Warns of the first call that went through the baseline, and then of all those since the last line."""

    def __init__(self) -> None:
        self._next_s, self._calls = -inf, 0

    def add(self, error: Exception, now_s: float) -> None:
        """One more call, whose canary raised this error; `now_s` is a reading of a monotonic clock."""
        self._calls += 1
        if now_s < self._next_s:
            return
        calls, self._calls, self._next_s = self._calls, 0, now_s + EVERY_S
        what = "the call goes" if calls == 1 else f"{calls:,} calls since the last such line went"
        LOG.warning(
            "The canary broke, and %s through the baseline: %s: %s", what, type(error).__name__, error
        )
