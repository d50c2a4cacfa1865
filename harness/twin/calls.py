"""One call of the client from its start to its end: its guards, its wait for a connection, its attempts.

The order is that of harness/session/resilience/pipeline.py and of urllib3's `urlopen`.
"""

from __future__ import annotations

import math

import numpy as np

from harness.twin.compiled import njit
from harness.twin.connections import connect
from harness.twin.guards import breaker as breakers
from harness.twin.guards import budget as budgets
from harness.twin.guards import limiter as limiters
from harness.twin.guards import throttle as throttles
from harness.twin.guards.hedge import UNKNOWN
from harness.twin.heap import push
from harness.twin.hedges import race
from harness.twin.places import leave_bulkhead, leave_limiter
from harness.twin.world import (
    BREAKER_OPEN,
    BULKHEAD_ENDS,
    DEADLINE,
    ENDED,
    FOR_CONNECTION,
    FOR_LIMIT,
    FOR_PLACE,
    FOR_THREAD,
    FREE_THREADS,
    IDLE,
    IN_BULKHEAD,
    IN_LIMITER,
    IN_POOL,
    LIMIT_ENDS,
    LIMIT_TAIL,
    LIMITED,
    NEXT_WAITING,
    OK,
    OUT,
    PLACES,
    PLACES_TAIL,
    POOL_ENDS,
    POOL_HEAD,
    POOL_TAIL,
    POOL_TIMEOUT,
    POOL_TOP,
    QUEUE,
    SLEEPING,
    START,
    THROTTLED,
    WAITING,
    World,
)


@njit
def begin(world: World, call: int, now: float) -> None:
    """A thread begins the call."""
    calls = world.calls
    calls[call].started_s = now
    if calls[call].step > 0:
        calls[call].scheduled_s = now
    calls[call].deadline_s = now + world.client.total_s
    budgets.call(world.budget, now)
    admit(world, call, now)


@njit
def admit(world: World, call: int, now: float) -> None:
    """The next attempt meets the guards that refuse at once."""
    calls = world.calls
    calls[call].state = IDLE
    if now >= calls[call].deadline_s:
        end(world, call, DEADLINE, now)
        return
    if world.breaker.on and breakers.refuses(world.breaker, now):
        end(world, call, BREAKER_OPEN, now)
        return
    throttle, wait_s = world.throttle, 0.0
    if throttle.kind == throttles.ADAPTIVE and not throttles.allow(throttle, now, np.random.random()):
        end(world, call, THROTTLED, now)
        return
    if throttle.kind == throttles.RATE:
        wait_s = throttles.reserve(throttle, now)
        if wait_s == throttles.REFUSED:
            end(world, call, THROTTLED, now)
            return
    calls[call].throttle_s = wait_s
    calls[call].bulkhead_s = calls[call].limiter_s = 0.0
    if wait_s > 0.0:
        calls[call].state = SLEEPING
        push(world.heap, min(now + wait_s, calls[call].deadline_s), QUEUE, call)
    else:
        queue(world, call, now)


@njit
def queue(world: World, call: int, now: float) -> None:
    """The attempt takes a place of the bulkhead, or waits for one."""
    calls, client, n = world.calls, world.client, world.n
    calls[call].state = IDLE
    if now >= calls[call].deadline_s:
        end(world, call, DEADLINE, now)
    elif client.places < 0:
        limit(world, call, now)
    elif n[PLACES] > 0:
        n[PLACES] -= 1
        calls[call].holds = True
        limit(world, call, now)
    elif client.place_wait_s <= 0.0:
        end(world, call, POOL_TIMEOUT, now)
    else:
        calls[call].state, calls[call].waits_since_s = IN_BULKHEAD, now
        world.lines[FOR_PLACE, n[PLACES_TAIL]] = call
        n[PLACES_TAIL] += 1
        push(world.heap, min(now + client.place_wait_s, calls[call].deadline_s), BULKHEAD_ENDS, call)


@njit
def bulkhead_ends(world: World, call: int, now: float) -> None:
    """The wait for a place of the bulkhead has lasted as long as it may."""
    calls = world.calls
    if calls[call].state != IN_BULKHEAD:
        return
    if now >= calls[call].deadline_s:
        end(world, call, DEADLINE, now)
    elif now >= calls[call].waits_since_s + world.client.place_wait_s:
        end(world, call, POOL_TIMEOUT, now)


@njit
def limit(world: World, call: int, now: float) -> None:
    """The attempt takes a place under the limiter's limit, or waits for one."""
    calls, limiter, n = world.calls, world.limiter, world.n
    if limiter.kind == 0:
        permit(world, call, now)
        return
    in_flight = limiters.enter(limiter)
    if in_flight != limiters.REFUSED:
        calls[call].limited, calls[call].in_flight = True, in_flight
        permit(world, call, now)
    elif now >= calls[call].deadline_s:
        end(world, call, DEADLINE, now)
    elif limiter.max_wait_s <= 0.0:
        end(world, call, LIMITED, now)
    else:
        calls[call].state, calls[call].waits_since_s = IN_LIMITER, now
        world.lines[FOR_LIMIT, n[LIMIT_TAIL]] = call
        n[LIMIT_TAIL] += 1
        push(world.heap, min(now + limiter.max_wait_s, calls[call].deadline_s), LIMIT_ENDS, call)


@njit
def limit_ends(world: World, call: int, now: float) -> None:
    """The wait for a place under the limit has lasted as long as it may."""
    calls = world.calls
    if calls[call].state != IN_LIMITER:
        return
    if now >= calls[call].deadline_s:
        end(world, call, DEADLINE, now)
    elif now >= calls[call].waits_since_s + world.limiter.max_wait_s:
        end(world, call, LIMITED, now)


@njit
def permit(world: World, call: int, now: float) -> None:
    """The breaker's permit, then a connection of the pool."""
    calls, client, n = world.calls, world.client, world.n
    if world.breaker.on:
        generation = breakers.allow(world.breaker, now)
        if generation == breakers.REFUSED:
            end(world, call, BREAKER_OPEN, now)
            return
        calls[call].permit = generation
    if world.hedge.on:
        hedged = world.routes[calls[call].route].hedged
        calls[call].delay_s = world.hedge.delay_s if hedged else UNKNOWN
    calls[call].waits_since_s = now
    if not client.kept or n[POOL_TOP] > 0 or not client.blocks:
        send(world, call, now)
        return
    calls[call].state = IN_POOL
    world.lines[FOR_CONNECTION, n[POOL_TAIL]] = call
    n[POOL_TAIL] += 1
    if calls[call].deadline_s < math.inf:
        push(world.heap, calls[call].deadline_s, POOL_ENDS, call)


@njit
def pool_ends(world: World, call: int, now: float) -> None:
    """The deadline has passed during the wait for a connection."""
    if world.calls[call].state == IN_POOL and now >= world.calls[call].deadline_s:
        end(world, call, DEADLINE, now)


@njit
def grant(world: World, now: float) -> None:
    """Connections that are free go to the calls that have waited longest; a call that came in between was faster."""
    n = world.n
    while n[POOL_TOP] > 0 and n[POOL_HEAD] < n[POOL_TAIL]:
        call = world.lines[FOR_CONNECTION, n[POOL_HEAD]]
        n[POOL_HEAD] += 1
        if world.calls[call].state == IN_POOL:
            send(world, call, now)


@njit
def send(world: World, call: int, now: float) -> None:
    """The call's attempt is sent, and has from now on what the call holds."""
    calls, attempts = world.calls, world.attempts
    attempt = connect(world, call, now)
    calls[call].state = OUT
    attempts[attempt].throttle_s, attempts[attempt].limiter_wait_s = (
        calls[call].throttle_s,
        calls[call].limiter_s,
    )
    attempts[attempt].pool_wait_s = calls[call].bulkhead_s + now - calls[call].waits_since_s
    attempts[attempt].holds, attempts[attempt].limited = calls[call].holds, calls[call].limited
    attempts[attempt].in_flight, attempts[attempt].paid = calls[call].in_flight, calls[call].paid
    calls[call].holds = calls[call].limited = False
    if world.hedge.on:
        race(world, attempt, now)


@njit
def end(world: World, call: int, outcome: int, now: float) -> None:
    """The call ends, and its thread continues with the journey, or with the arrival that has waited longest."""
    calls, n = world.calls, world.n
    if calls[call].permit >= 0:
        breakers.settle(world.breaker, calls[call].permit, now, breakers.NOT_SENT)
        calls[call].permit = -1
    if calls[call].holds:
        calls[call].holds = False
        leave_bulkhead(world, now)
    if calls[call].limited:
        calls[call].limited = False
        leave_limiter(world, now)
    calls[call].ended_s, calls[call].outcome, calls[call].state = now, outcome, ENDED
    if not (calls[call].last or (outcome != OK and calls[call].stops)):
        push(world.heap, now, START, call + 1)
    elif n[WAITING] > 0:
        n[WAITING] -= 1
        push(world.heap, now, START, world.lines[FOR_THREAD, n[NEXT_WAITING]])
        n[NEXT_WAITING] += 1
    else:
        n[FREE_THREADS] += 1
