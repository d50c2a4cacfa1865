"""One call of the client from its start to its end: its guards, its wait for a connection, its attempts.

The order is that of harness/session/resilience/pipeline.py and of urllib3's `urlopen`.
"""

from __future__ import annotations

import math

import numpy as np

from harness.twin.compiled import njit
from harness.twin.guards import breaker as breakers
from harness.twin.guards import budget as budgets
from harness.twin.guards import throttle as throttles
from harness.twin.heap import push
from harness.twin.world import (
    ARRIVE,
    BREAKER_OPEN,
    BULKHEAD_ENDS,
    DEADLINE,
    ENDED,
    FOR_CONNECTION,
    FOR_PLACE,
    FOR_THREAD,
    FREE_THREADS,
    IDLE,
    IN_BULKHEAD,
    IN_POOL,
    NEXT_WAITING,
    OK,
    OPENED,
    OUT,
    PERMIT,
    PLACES,
    PLACES_HEAD,
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
    TIME_OUT,
    TRIES,
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
    calls[call].bulkhead_s = 0.0
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
        permit(world, call, now)
    elif n[PLACES] > 0:
        n[PLACES] -= 1
        calls[call].holds = True
        permit(world, call, now)
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
def permit(world: World, call: int, now: float) -> None:
    """The breaker's permit, then a connection of the pool."""
    calls, client, n = world.calls, world.client, world.n
    if world.breaker.on:
        generation = breakers.allow(world.breaker, now)
        if generation == breakers.REFUSED:
            end(world, call, BREAKER_OPEN, now)
            return
        calls[call].permit = generation
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
    """An attempt is sent on a connection: one of the pool, or a new one."""
    calls, attempts, n, client = world.calls, world.attempts, world.n, world.client
    attempt = n[TRIES]
    n[TRIES] += 1
    new = True
    if client.kept and n[POOL_TOP] > 0:
        n[POOL_TOP] -= 1
        new = not world.pool[n[POOL_TOP]]
    n[OPENED] += new
    calls[call].state, calls[call].attempt = OUT, attempt
    attempts[attempt].call, attempts[attempt].number = call, calls[call].attempts
    attempts[attempt].started_s = now
    attempts[attempt].throttle_s = calls[call].throttle_s
    attempts[attempt].pool_wait_s = calls[call].bulkhead_s + now - calls[call].waits_since_s
    attempts[attempt].first_byte_s = attempts[attempt].backoff_s = 0.0
    attempts[attempt].held = attempts[attempt].discarded = attempts[attempt].gone = False
    attempts[attempt].new, attempts[attempt].open = new, True
    attempts[attempt].status, attempts[attempt].outcome, attempts[attempt].busy_at = 0, OK, -1
    attempts[attempt].arrived_s = attempts[attempt].work_from_s = attempts[attempt].work_until_s = math.nan
    attempts[attempt].sent_s = now
    calls[call].attempts += 1
    push(world.heap, now + client.overhead_s / 2.0, ARRIVE, attempt)
    until_s = min(now + client.read_s, calls[call].deadline_s)
    if until_s < math.inf:
        push(world.heap, until_s, TIME_OUT, attempt)


@njit
def leave_bulkhead(world: World, call: int, now: float) -> None:
    """The call's place goes to the call that has waited longest."""
    n, calls = world.n, world.calls
    if not calls[call].holds:
        return
    calls[call].holds = False
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
def end(world: World, call: int, outcome: int, now: float) -> None:
    """The call ends, and its thread continues with the journey, or with the arrival that has waited longest."""
    calls, n = world.calls, world.n
    if calls[call].permit >= 0:
        breakers.settle(world.breaker, calls[call].permit, now, breakers.NOT_SENT)
        calls[call].permit = -1
    leave_bulkhead(world, call, now)
    calls[call].ended_s, calls[call].outcome, calls[call].state = now, outcome, ENDED
    if not (calls[call].last or (outcome != OK and calls[call].stops)):
        push(world.heap, now, START, call + 1)
    elif n[WAITING] > 0:
        n[WAITING] -= 1
        push(world.heap, now, START, world.lines[FOR_THREAD, n[NEXT_WAITING]])
        n[NEXT_WAITING] += 1
    else:
        n[FREE_THREADS] += 1
