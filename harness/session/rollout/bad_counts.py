"""How many calls of two arms were bad, and how much they come in bursts."""

from __future__ import annotations

LENGTHS_S = (1, 5)
"""Seconds of a batch; the longer one sees bursts that last for some seconds."""


class BadCounts:
    """Bad calls of a canary and of its baseline since a step began, second by second.

    `share` is the canary's expected share of the bad calls when both arms are alike. `design_effect` is how many bad
    calls are worth one independent one: failures that come five at a time make it about five.
    """

    __slots__ = ("_batches", "baseline", "calls", "canary", "seconds", "share")

    def __init__(self, share: float) -> None:
        self.canary, self.baseline, self.calls, self.seconds, self.share = 0, 0, 0, 0, share
        self._batches = [_Batches(length, share) for length in LENGTHS_S]

    def add_second(self, canary: int, baseline: int, calls: int) -> None:
        """One more second: bad calls of both arms, and all calls of the canary that ended in it."""
        self.seconds += 1
        self.canary += canary
        self.baseline += baseline
        self.calls += calls
        for batches in self._batches:
            batches.add(canary, baseline)

    @property
    def design_effect(self) -> float:
        """At least 1; 1 while there are too few batches to tell."""
        return max(1.0, *(batches.dispersion for batches in self._batches))


class _Batches:
    """The sums of two indices of dispersion, for batches of some seconds; the smaller one counts.

    One is the variance over the mean of each arm's counts: an outage that both arms share makes it large, and says
    nothing about their difference. The other is that of the canary's counts given the total of the batch: a canary
    that really is worse makes it large. Bursts of one arm make both large.
    """

    __slots__ = ("_count", "_current", "_length_s", "_seconds", "_share", "_squares", "_sums", "_unequal")

    def __init__(self, length_s: int, share: float) -> None:
        self._length_s, self._share, self._count, self._seconds = length_s, share, 0, 0
        self._current, self._sums, self._squares, self._unequal = [0, 0], [0, 0], [0, 0], 0.0

    def add(self, *bad: int) -> None:
        self._seconds += 1
        for arm, count in enumerate(bad):
            self._current[arm] += count
        if self._seconds % self._length_s == 0:
            self._close()

    def _close(self) -> None:
        self._count += 1
        for arm, count in enumerate(self._current):
            self._sums[arm] += count
            self._squares[arm] += count * count
        self._unequal += (self._current[0] - self._share * sum(self._current)) ** 2
        self._current = [0, 0]

    @property
    def dispersion(self) -> float:
        n, total = self._count, sum(self._sums)
        if n < 2 or total == 0:
            return 1.0
        scatter = sum(
            square - whole * whole / n for square, whole in zip(self._squares, self._sums, strict=True)
        )
        return min(scatter * n / (n - 1) / total, self._unequal / (self._share * (1.0 - self._share) * total))
