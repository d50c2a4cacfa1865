"""A percentile of the times of recent attempts, decided anew from time to time."""

from __future__ import annotations

from collections import deque

from harness.model.quantile import quantile, share_of

KEPT, LEAST, EVERY = 400, 50, 200
"""Of so many attempts; the first time after the least number of them, then after each further two hundred."""


class RecentTimes:
    """Times in seconds; `statistic` is the percentile's name, such as `p95`.

    Of an attempt that lost to its hedge only a lower bound is known: it counts with the delay of the hedge. With its
    time until it was ended, the percentile of a service that is slow for just this share would rise by itself.
    """

    def __init__(self, statistic: str) -> None:
        self._share = share_of(statistic)
        self._kept: deque[float] = deque(maxlen=KEPT)
        self._new = 0
        self.value_s: float | None = None
        """The percentile; None while too few attempts are known."""

    def add(self, took_s: float) -> None:
        """An attempt has ended."""
        self._kept.append(took_s)
        self._new += 1
        if self._new >= (EVERY if self.value_s is not None else LEAST):
            self._new = 0
            self.value_s = quantile(list(self._kept), self._share)
