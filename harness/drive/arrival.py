"""One arrival on its way to a thread of the service."""

from __future__ import annotations

from typing import NamedTuple


class Arrival(NamedTuple):
    """A journey that is due: its number in the schedule, when it was planned and when it was dispatched.

    One for which a thread was free is dispatched when that thread begins it: until then the generator is late.
    """

    number: int
    due_s: float
    dispatched_s: float
    thread_free: bool = False
