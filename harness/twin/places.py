"""The places of the bulkhead and under the limiter's limit: given back, they go to the call that has waited longest."""

from __future__ import annotations

import numpy as np

from harness.twin.compiled import njit
from harness.twin.guards import limiter as limiters
from harness.twin.heap import push
from harness.twin.world import (
    FOR_LIMIT,
    FOR_PLACE,
    IDLE,
    IN_BULKHEAD,
    IN_LIMITER,
    LIMIT_GRANTED,
    LIMIT_HEAD,
    LIMIT_TAIL,
    PERMIT,
    PLACES,
    PLACES_HEAD,
    PLACES_TAIL,
    World,
)


@njit
def leave_bulkhead(world: World, now: float) -> None:
    """A place of the bulkhead is given back."""
    n, calls = world.n, world.calls
    while n[PLACES_HEAD] < n[PLACES_TAIL]:
        waiting = world.lines[FOR_PLACE, n[PLACES_HEAD]]
        n[PLACES_HEAD] += 1
        if calls[waiting].state == IN_BULKHEAD:
            calls[waiting].holds = True
            calls[waiting].state = IDLE
            calls[waiting].bulkhead_s = now - calls[waiting].waits_since_s
            push(world.heap, now, PERMIT, waiting)
            return
    n[PLACES] += 1


@njit
def leave_limiter(world: World, now: float) -> None:
    """A place under the limit is given back."""
    limiter = world.limiter
    if limiter.free != 0 or not _grant_limit(world, now):
        limiters.leave(limiter)


@njit
def count_for_limit(world: World, attempt: int, dropped: bool, now: float) -> None:
    """The attempt counts for the limit, which may be decided anew; it may then have places for calls that wait."""
    limiter, sent = world.limiter, world.attempts[attempt]
    if limiters.ended(limiter, world.responses_s, sent.sent_s, now, dropped, sent.in_flight):
        limiters.decide(limiter, world.responses_s, now, np.random.random())
        while limiter.free > 0 and _grant_limit(world, now):
            limiter.free -= 1


@njit
def _grant_limit(world: World, now: float) -> bool:
    """Gives a place under the limit to the call that has waited longest; False when none waits."""
    n, calls, limiter = world.n, world.calls, world.limiter
    while n[LIMIT_HEAD] < n[LIMIT_TAIL]:
        waiting = world.lines[FOR_LIMIT, n[LIMIT_HEAD]]
        n[LIMIT_HEAD] += 1
        if calls[waiting].state == IN_LIMITER:
            calls[waiting].limited, calls[waiting].in_flight = True, limiter.places - limiter.free
            calls[waiting].state = IDLE
            calls[waiting].limiter_s = now - calls[waiting].waits_since_s
            push(world.heap, now, LIMIT_GRANTED, waiting)
            return True
    return False
