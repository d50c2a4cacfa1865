"""What a rule decides from, and what all rules keep."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

from harness.model.quantile import quantile

SAMPLES = 10
"""The fewest attempts of a window (Netflix, WindowedLimit)."""
WARM_UP = 10
"""A moving average is a plain mean over this number of values first (Netflix, ExpAvgMeasurement; failsafe-go)."""


@dataclass(frozen=True, slots=True)
class WindowSample:
    """The attempts that ended in one window.

    `responses_s` are the seconds, above 0, from the request to the head of each response. `dropped` counts the
    attempts without one, or with 429 or 503: they say nothing of the service time. `in_flight` is the most attempts
    under way, `full` says that the limit is used up now, and `draw` is a random number from 0 up to 1.
    """

    responses_s: tuple[float, ...]
    in_flight: int
    dropped: int = 0
    full: bool = False
    draw: float = 0.0

    @property
    def mean_s(self) -> float | None:
        """The mean response time; None without a response."""
        return sum(self.responses_s) / len(self.responses_s) if self.responses_s else None

    def quantile_s(self, share: float) -> float:
        """The response time that a share of at least one response does not exceed."""
        return quantile(self.responses_s, share)


@dataclass(frozen=True, slots=True)
class LimitState:
    """`limit` in whole attempts is how many may be under way; it is kept with its fraction.

    A window ends when it is `until_s` and it has so many `samples`; `counts_drops` says whether dropped attempts are
    among these. Attempts that were sent before `since_s` do not count. Times are readings of one monotonic clock.
    """

    limit: float
    until_s: float
    samples: int = SAMPLES
    counts_drops: bool = True
    since_s: float = float("-inf")


@dataclass(frozen=True, slots=True)
class MovingAverage:
    """An exponential moving average of positive numbers; 0 before the first."""

    value: float = 0.0
    count: int = 0

    def add(self, value: float, age: int) -> MovingAverage:
        """With one more value, which weighs 2 / (age + 1)."""
        if self.count < WARM_UP:
            return MovingAverage((self.value * self.count + value) / (self.count + 1), self.count + 1)
        weight = 2.0 / (age + 1)
        return MovingAverage(self.value * (1.0 - weight) + value * weight, self.count)


EMPTY = MovingAverage()
"""Before the first value."""


def step(limit: float) -> int:
    """How far Vegas' rules move a limit at once: max(1, ⌊log₁₀ limit⌋)."""
    return max(1, int(log10(max(1.0, limit))))


def clamp(limit: float, least: float, most: float) -> float:
    """The limit, within its bounds."""
    return max(least, min(most, limit))
