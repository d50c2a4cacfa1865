"""An adaptive limit of concurrent attempts: the decisions of harness/session/resilience/limiter.py.

The response times of a window are kept in an array beside the record, which has a place for each attempt of the run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.session.resilience.limiter import SHORTEST_S
from harness.twin.compiled import njit
from harness.twin.guards import limit_failsafe, limit_rules
from harness.twin.guards.limiter_record import AIMD, ENVOY, GRADIENT2, VEGAS

REFUSED = -1


@njit
def enter(limiter: Any) -> int:
    """Takes a place, and returns how many attempts are then under way; REFUSED when no place was free."""
    if limiter.free <= 0:
        return REFUSED
    limiter.free -= 1
    return limiter.places - limiter.free


@njit
def leave(limiter: Any) -> None:
    """Gives a place back that no attempt waits for."""
    limiter.free += 1


@njit
def ended(
    limiter: Any, responses_s: NDArray[np.float64], sent_s: float, now: float, dropped: bool, in_flight: int
) -> bool:
    """Counts an attempt that was sent with so many `in_flight`; True when the limit must be decided anew."""
    if sent_s < limiter.since_s:
        return False
    if dropped:
        limiter.dropped += 1
    else:
        responses_s[limiter.responses] = max(now - sent_s, SHORTEST_S)
        limiter.responses += 1
    limiter.most_in_flight = max(limiter.most_in_flight, in_flight)
    counted = limiter.responses + (limiter.dropped if limiter.counts_drops else 0)
    return now >= limiter.until_s and counted >= limiter.samples


@njit
def decide(limiter: Any, responses_s: NDArray[np.float64], now: float, draw: float) -> None:
    """Decides the limit at the end of a window; `draw` is a uniform number."""
    window_s = responses_s[: limiter.responses]
    full = limiter.places - limiter.free >= int(limiter.limit)
    if limiter.kind == AIMD:
        limit_rules.aimd(limiter, window_s, now)
    elif limiter.kind == VEGAS:
        limit_rules.vegas(limiter, window_s, now, draw)
    elif limiter.kind == GRADIENT2:
        limit_rules.gradient2(limiter, window_s, now)
    elif limiter.kind == ENVOY:
        limit_rules.envoy(limiter, window_s, now, draw)
    else:
        limit_failsafe.failsafe(limiter, window_s, now, full)
    limiter.responses = limiter.dropped = limiter.most_in_flight = 0
    limiter.free += int(limiter.limit) - limiter.places
    limiter.places = int(limiter.limit)
