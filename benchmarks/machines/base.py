"""What every machine has: a clock that the sequence advances, and counts of sequences and steps."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

TICK_S = 1 / 64
"""Times are whole ticks, which binary numbers hold exactly, so that model and code agree to the last bit."""
WAITS = st.one_of(st.integers(0, 64), st.integers(0, 64 * 30))


class Machine(RuleBasedStateMachine):
    """One sequence of steps. `now` is a reading of a monotonic clock."""

    sequences: ClassVar[int] = 0
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    @rule(ticks=WAITS)
    def time_passes(self, ticks: int) -> None:
        """Up to a second, or up to half a minute."""
        self.now += ticks * TICK_S

    @invariant()
    def _count(self) -> None:
        type(self).steps += 1

    def teardown(self) -> None:
        """The sequence is over."""
        type(self).sequences += 1


def exact(number: float) -> Fraction:
    """The number that a person wrote: 0.1 is one tenth."""
    return Fraction(str(number))


def slice_of(at_s: float, span_s: float) -> int:
    """Which tenth of a window a time is in."""
    return int(exact(at_s) * 10 / exact(span_s))


class Window:
    """The events of the last `span_s` seconds, to a tenth of it. A reading from before the last one counts as that."""

    def __init__(self, span_s: float) -> None:
        self._span_s, self._latest = span_s, 0
        self._events: list[tuple[int, str]] = []

    def add(self, now: float, kind: str) -> None:
        """One event of a kind."""
        self._events.append((self._look(now), kind))

    def count(self, now: float, kind: str) -> int:
        """The events of a kind that are still in the window."""
        latest = self._look(now)
        return sum(1 for at, each in self._events if each == kind and latest - at < 10)

    def clear(self) -> None:
        """Nothing has happened yet."""
        self._events.clear()

    def _look(self, now: float) -> int:
        self._latest = max(self._latest, slice_of(now, self._span_s))
        return self._latest
