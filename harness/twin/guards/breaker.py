"""The circuit breaker: the decisions of harness/session/resilience/circuit_breaker.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.model.resilience_settings import BreakerSettings
from harness.session.resilience.sliding_window import SLICES
from harness.twin.compiled import njit
from harness.twin.guards.window import SIZE, add, clear, counts

CLOSED, OPEN, HALF_OPEN = range(3)
FAILED, SUCCEEDED, NOT_SENT = range(3)
REFUSED = -1


BREAKER = np.dtype(
    [
        ("on", np.int64),
        ("failure_ratio", np.float64),
        ("minimum", np.int64),
        ("slice_s", np.float64),
        ("open_s", np.float64),
        ("probes", np.int64),
        ("state", np.int64),
        ("generation", np.int64),
        ("sent", np.int64),
        ("good", np.int64),
        ("reopens_s", np.float64),
        ("window", np.int64, SIZE),
    ]
)
"""One breaker: its numbers, and its state; `sent` and `good` count its probes."""


def breaker(settings: BreakerSettings | None) -> Any:
    """The breaker that these settings describe, shape (1,); one that refuses nothing for None."""
    found, use = np.zeros(1, BREAKER), settings or BreakerSettings()
    made = found[0]
    made["on"], made["failure_ratio"], made["minimum"] = settings is not None, use.failure_ratio, use.minimum
    made["slice_s"], made["open_s"], made["probes"] = use.window_s / SLICES, use.open_s, use.probes
    return found


@njit
def refuses(breaker: Any, now: float) -> bool:
    """True when `allow` would refuse; uses no probe."""
    _look(breaker, now)
    full = breaker.state == HALF_OPEN and breaker.sent >= breaker.probes
    return full or breaker.state == OPEN


@njit
def closed(breaker: Any, now: float) -> bool:
    """Whether it admits all attempts."""
    _look(breaker, now)
    return breaker.state == CLOSED


@njit
def allow(breaker: Any, now: float) -> int:
    """The generation's number, to be handed back with the result; REFUSED for a refusal."""
    if refuses(breaker, now):
        return REFUSED
    if breaker.state == HALF_OPEN:
        breaker.sent += 1
    return breaker.generation


@njit
def settle(breaker: Any, generation: int, now: float, result: int) -> None:
    """The attempt of this generation FAILED, SUCCEEDED, or was NOT_SENT, which frees a probe."""
    _look(breaker, now)
    if generation != breaker.generation or breaker.state == OPEN:
        return
    if breaker.state == HALF_OPEN:
        _probed(breaker, now, result)
    elif result != NOT_SENT:
        add(breaker.window, breaker.slice_s, now, 1, int(result == FAILED))
        total, bad = counts(breaker.window, breaker.slice_s, now)
        if total >= breaker.minimum and bad / total >= breaker.failure_ratio:
            _trip(breaker, now)


@njit
def _probed(breaker: Any, now: float, result: int) -> None:
    if result == NOT_SENT:
        breaker.sent -= 1
    elif result == FAILED:
        _trip(breaker, now)
    else:
        breaker.good += 1
        if breaker.good >= breaker.probes:
            _become(breaker, CLOSED)


@njit
def _look(breaker: Any, now: float) -> None:
    if breaker.state == OPEN and now >= breaker.reopens_s:
        _become(breaker, HALF_OPEN)


@njit
def _trip(breaker: Any, now: float) -> None:
    _become(breaker, OPEN)
    breaker.reopens_s = now + breaker.open_s


@njit
def _become(breaker: Any, state: int) -> None:
    breaker.state = state
    breaker.generation += 1
    breaker.sent = 0
    breaker.good = 0
    clear(breaker.window)
