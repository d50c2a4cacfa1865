"""Hedges: further attempts of a call beside its own, sent and ended as harness/session/resilience/hedge.py does it.

A call is `raced` once its own attempt is sent, if hedging knows its delay. A helper sends a hedge after the delay; the
attempt that has failed is followed by the next at once. The first response that decides is the call's, and ends the
other attempts; without one it is the result of the attempt that ended last.
"""

from __future__ import annotations

import numpy as np

from harness.twin.compiled import njit
from harness.twin.connections import connect, release
from harness.twin.guards import hedge as guard
from harness.twin.heap import push
from harness.twin.world import ABANDONED, HEDGE_DUE, PLACES, POOL_TOP, World

LATER_S = 1e-9
"""A response that comes exactly when a hedge is due comes first: with equal service times most of them would tie."""


@njit
def race(world: World, first: int, now: float) -> None:
    """The call's own attempt is sent, and may have hedges from now on."""
    calls, call = world.calls, world.attempts[first].call
    calls[call].raced = calls[call].delay_s != guard.UNKNOWN
    calls[call].numbered = calls[call].running = 1
    calls[call].unread, calls[call].first, calls[call].latest = -1, first, first
    if calls[call].raced:
        push(world.heap, now + calls[call].delay_s + LATER_S, HEDGE_DUE, first)


@njit
def hedge_due(world: World, first: int, now: float) -> None:
    """The delay has passed: a helper sends a hedge, unless all are busy or there is a result."""
    calls, call, hedge = world.calls, world.attempts[first].call, world.hedge
    if not world.attempts[first].open or not guard.take_helper(hedge):
        return
    if calls[call].numbered + 1 < hedge.most:
        push(world.heap, now + calls[call].delay_s + LATER_S, HEDGE_DUE, first)
    _contend(world, call, True, now)


@njit
def is_result(world: World, attempt: int, status: int, now: float) -> bool:
    """The head of a response is there, or with a status of 0 a failure: True when it is the result of its call.

    An attempt that failed has no connection then.
    """
    calls, attempts, hedge = world.calls, world.attempts, world.hedge
    call = attempts[attempt].call
    if status > 0 and hedge.learns and not attempts[attempt].hedge and world.routes[calls[call].route].hedged:
        guard.took(hedge, now - attempts[attempt].sent_s)
    if status in (429, 503):
        guard.asked_to_wait(hedge, now, attempts[attempt].retry_after_s)
    if not calls[call].raced:
        return True
    calls[call].running -= 1
    if calls[call].unread >= 0:
        release(world, calls[call].unread, False, now)
        calls[call].unread = -1
    if status > 0 and hedge.decisive[status]:
        _free_helper(world, attempt)
        _lose_others(world, attempt, now)
        return True
    if status == 0:
        release(world, attempt, False, now)
    _contend(world, call, attempts[attempt].helper, now)
    if calls[call].running == 0:
        _lose_others(world, attempt, now)
        return True
    if status > 0:
        calls[call].unread = attempt
    return False


@njit
def _contend(world: World, call: int, helper: bool, now: float) -> None:
    """Sends the next attempt, if there is one and it may be sent now; otherwise the helper is idle."""
    calls, hedge, n = world.calls, world.hedge, world.n
    if calls[call].numbered < hedge.most:
        calls[call].numbered += 1
        free = n[POOL_TOP] if world.client.places < 0 else min(n[POOL_TOP], n[PLACES])
        reason, in_flight, paid = guard.admit(
            hedge, world.breaker, world.throttle, world.limiter, world.budget, free, now,
            np.random.random(),
        )  # fmt: skip
        if reason == guard.ADMITTED:
            _send(world, call, helper, in_flight, paid, now)
            return
    if helper:
        hedge.busy -= 1


@njit
def _send(world: World, call: int, helper: bool, in_flight: int, paid: float, now: float) -> None:
    calls, attempts, attempt = world.calls, world.attempts, connect(world, call, now)
    first = attempts[calls[call].first]
    attempts[attempt].hedge, attempts[attempt].helper = True, helper
    attempts[attempt].hedge_wait_s = now - first.started_s + first.throttle_s + first.limiter_wait_s
    attempts[attempt].before, calls[call].latest = calls[call].latest, attempt
    attempts[attempt].limited, attempts[attempt].in_flight = in_flight > 0, in_flight
    attempts[attempt].holds, attempts[attempt].paid = world.client.places >= 0, paid
    world.n[PLACES] -= attempts[attempt].holds
    calls[call].running += 1


@njit
def _lose_others(world: World, result: int, now: float) -> None:
    """The other attempts of the call are lost; those without a response are ended."""
    attempts, calls, call = world.attempts, world.calls, world.attempts[result].call
    other = calls[call].latest
    while other >= 0:
        if other != result:
            attempts[other].lost = True
            if attempts[other].open:
                _end(world, other, now)
        other = attempts[other].before


@njit
def _end(world: World, attempt: int, now: float) -> None:
    attempts, hedge = world.attempts, world.hedge
    attempts[attempt].open, attempts[attempt].outcome = False, ABANDONED
    attempts[attempt].first_byte_s = now - attempts[attempt].sent_s
    if hedge.learns and not attempts[attempt].hedge:
        guard.took(hedge, world.calls[attempts[attempt].call].delay_s)
    world.calls[attempts[attempt].call].running -= 1
    _free_helper(world, attempt)
    release(world, attempt, False, now)


@njit
def _free_helper(world: World, attempt: int) -> None:
    if world.attempts[attempt].helper:
        world.hedge.busy -= 1
