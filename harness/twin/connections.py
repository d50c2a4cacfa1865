"""The pool's connections: one is taken for an attempt, and is returned or closed with all that the attempt holds."""

from __future__ import annotations

import math

from harness.twin.compiled import njit
from harness.twin.heap import push
from harness.twin.places import leave_bulkhead, leave_limiter
from harness.twin.workers import leave
from harness.twin.world import (
    ARRIVE,
    GRANT,
    OK,
    OPENED,
    POOL_HEAD,
    POOL_TAIL,
    POOL_TOP,
    TIME_OUT,
    TRIES,
    World,
)


@njit
def connect(world: World, call: int, now: float) -> int:
    """An attempt of the call is sent on a connection: one of the pool, or a new one. Returns its number."""
    calls, attempts, n, client = world.calls, world.attempts, world.n, world.client
    attempt, new = n[TRIES], True
    n[TRIES] += 1
    if client.kept and n[POOL_TOP] > 0:
        n[POOL_TOP] -= 1
        new = not world.pool[n[POOL_TOP]]
    n[OPENED] += new
    attempts[attempt].call, attempts[attempt].number = call, calls[call].attempts
    calls[call].attempts += 1
    attempts[attempt].started_s = attempts[attempt].sent_s = now
    attempts[attempt].throttle_s = attempts[attempt].pool_wait_s = attempts[attempt].limiter_wait_s = 0.0
    attempts[attempt].first_byte_s = attempts[attempt].backoff_s = 0.0
    attempts[attempt].held = attempts[attempt].discarded = attempts[attempt].gone = False
    attempts[attempt].new, attempts[attempt].open = new, True
    attempts[attempt].status, attempts[attempt].outcome, attempts[attempt].busy_at = 0, OK, -1
    attempts[attempt].hedge = attempts[attempt].lost = attempts[attempt].helper = False
    attempts[attempt].hedge_wait_s, attempts[attempt].before = 0.0, -1
    attempts[attempt].arrived_s = attempts[attempt].work_from_s = attempts[attempt].work_until_s = math.nan
    push(world.heap, now + client.overhead_s / 2.0, ARRIVE, attempt)
    until_s = min(now + client.read_s, calls[call].deadline_s)
    if until_s < math.inf:
        push(world.heap, until_s, TIME_OUT, attempt)
    return attempt


@njit
def release(world: World, attempt: int, kept: bool, now: float) -> None:
    """The connection returns to the pool, or is closed; the attempt's places become free."""
    n, attempts = world.n, world.attempts
    if not kept:
        leave(world, attempt, now)
        attempts[attempt].discarded = True
    if world.client.kept:
        if n[POOL_TOP] < world.client.slots:
            world.pool[n[POOL_TOP]] = kept
            n[POOL_TOP] += 1
        else:
            attempts[attempt].discarded = True
        if n[POOL_HEAD] < n[POOL_TAIL]:
            push(world.heap, now, GRANT, 0)
    if attempts[attempt].holds:
        attempts[attempt].holds = False
        leave_bulkhead(world, now)
    if attempts[attempt].limited:
        attempts[attempt].limited = False
        leave_limiter(world, now)
