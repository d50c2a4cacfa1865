"""How many calls of two arms were bad, and how much they come in bursts."""

from __future__ import annotations

LENGTHS_S = (1, 5)
"""Seconds of a batch; the longer one sees bursts that last for some seconds."""
AS_EXPECTED, CAUTION, AS_SHORT = 20, 8, 5
"""How many bad calls the expected share counts as, and what few batches are made up for: see decision 23."""


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
        short, long = self._batches
        at_once = short.dispersion()
        return max(1.0, at_once, long.dispersion(at_once))


class _Batches:
    """The sums of two indices of dispersion, for batches of some seconds; the smaller one counts.

    One is the variance over the mean of each arm's counts: an outage that both arms share makes it large, and says
    nothing about their difference. The other is that of the canary's counts given the total of the batch, around the
    share that was seen: what the canary is worse on the whole makes neither large. Bursts of one arm make both large.
    """

    __slots__ = (
        "_both",
        "_count",
        "_current",
        "_length_s",
        "_seconds",
        "_share",
        "_squares",
        "_sums",
        "_totals",
    )

    def __init__(self, length_s: int, share: float) -> None:
        self._length_s, self._share, self._count, self._seconds = length_s, share, 0, 0
        self._current, self._sums, self._squares = [0, 0], [0, 0], [0, 0]
        self._both = self._totals = 0

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
        self._both += self._current[0] * sum(self._current)
        self._totals += sum(self._current) ** 2
        self._current = [0, 0]

    def dispersion(self, of_short: float | None = None) -> float:
        """The index; 1 while it cannot be told. Few batches of some length are taken for as many short ones are."""
        n, total = self._count, sum(self._sums)
        if n < 2 or total == 0:
            return 1.0
        scatter = sum(
            square - whole * whole / n for square, whole in zip(self._squares, self._sums, strict=True)
        )
        return min(scatter * n / (n - 1) / total, self._given_totals(total, of_short))

    def _given_totals(self, total: int, of_short: float | None) -> float:
        share = (self._sums[0] + AS_EXPECTED * self._share) / (total + AS_EXPECTED)
        unequal = self._squares[0] - 2.0 * share * self._both + share * share * self._totals
        index, batches = unequal / (share * (1.0 - share) * total), total * total / self._totals
        if batches <= 1.0:  # All in one: nothing to compare it with.
            return float("inf")
        if of_short is None:
            return index * (batches + CAUTION) / (batches - 1.0)
        return (index * batches * batches / (batches - 1.0) + AS_SHORT * of_short) / (batches + AS_SHORT)
