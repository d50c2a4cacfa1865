"""Client-side throttles: the decisions of harness/session/resilience/throttle.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.model.resilience_settings import RateThrottleSettings, ThrottleSettings
from harness.session.resilience.sliding_window import SLICES
from harness.twin.compiled import njit
from harness.twin.guards.window import SIZE, add, counts

NONE, RATE, ADAPTIVE = range(3)
REFUSED = -1.0


THROTTLE = np.dtype(
    [
        ("kind", np.int64),
        ("spacing_s", np.float64),
        ("burst", np.int64),
        ("wait_s", np.float64),
        ("k", np.float64),
        ("slice_s", np.float64),
        ("next_s", np.float64),
        ("window", np.int64, SIZE),
    ]
)
"""One throttle: its numbers, and its state: when a rate's next attempt is due, the window of an adaptive one."""


def throttle(settings: ThrottleSettings | None) -> Any:
    """The throttle that these settings describe, shape (1,); one that refuses nothing for None."""
    found = np.zeros(1, THROTTLE)
    made = found[0]
    made["slice_s"], made["next_s"] = 1.0, -np.inf
    if isinstance(settings, RateThrottleSettings):
        made["kind"], made["spacing_s"] = RATE, 1.0 / settings.rate_per_s
        made["burst"], made["wait_s"] = settings.burst, settings.wait_s
    elif settings is not None:
        made["kind"], made["k"], made["slice_s"] = ADAPTIVE, settings.k, settings.window_s / SLICES
    return found


@njit
def reserve(throttle: Any, now: float) -> float:
    """Of a rate: seconds until this attempt's reserved time; REFUSED when it would wait too long."""
    return reserve_within(throttle, now, throttle.wait_s)


@njit
def reserve_within(throttle: Any, now: float, most_s: float) -> float:
    """Of a rate: the same for an attempt that would wait at most so long."""
    turn_s = max(throttle.next_s, now - throttle.spacing_s * (throttle.burst - 1))
    if turn_s - now > most_s:
        return REFUSED
    throttle.next_s = turn_s + throttle.spacing_s
    return max(0.0, turn_s - now)


@njit
def refusal_ratio(throttle: Any, now: float) -> float:
    """Of an adaptive one: the share of attempts that it refuses now."""
    requests, accepts = counts(throttle.window, throttle.slice_s, now)
    return max(0.0, (requests - throttle.k * accepts) / (requests + 1.0))


@njit
def allow(throttle: Any, now: float, u: float) -> bool:
    """Of an adaptive one: whether this attempt may be sent, by a uniform number. It counts as a request either way."""
    allowed = u >= refusal_ratio(throttle, now)
    add(throttle.window, throttle.slice_s, now, 1, 0)
    return allowed


@njit
def accepted(throttle: Any, now: float) -> None:
    """The host accepted an attempt."""
    if throttle.kind == ADAPTIVE:
        add(throttle.window, throttle.slice_s, now, 0, 1)
