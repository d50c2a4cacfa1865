"""How an attempt ends, and whether another one follows: the rules of urllib3's Retry and of the policy."""

from __future__ import annotations

import numpy as np

from harness.twin.calls import admit, end
from harness.twin.compiled import njit
from harness.twin.connections import release
from harness.twin.guards import breaker as breakers
from harness.twin.guards import budget as budgets
from harness.twin.guards import throttle as throttles
from harness.twin.heap import push
from harness.twin.hedges import is_result
from harness.twin.places import count_for_limit, leave_limiter
from harness.twin.world import (
    ADMIT,
    BUDGET_EXHAUSTED,
    CUT,
    DEADLINE,
    HTTP_4XX,
    HTTP_5XX,
    OK,
    PROTOCOL,
    READ_TIMEOUT,
    SLEEPING,
    SLEPT,
    TRUNCATED,
    WHOLE,
    World,
)


@njit
def respond(world: World, attempt: int, now: float) -> None:
    """The response is there, or its connection has broken."""
    attempts, calls = world.attempts, world.calls
    if not attempts[attempt].open:
        return
    call, how = attempts[attempt].call, attempts[attempt].how
    attempts[attempt].first_byte_s = now - attempts[attempt].started_s
    attempts[attempt].open = False
    if how not in (WHOLE, CUT):
        fail(world, attempt, PROTOCOL, now)
        return
    status = attempts[attempt].fault_status
    if status == 0:
        status = world.routes[calls[call].route].status
    attempts[attempt].status = status
    calls[call].status = status
    _result(world, attempt, status, now)
    if world.hedge.on and not is_result(world, attempt, status, now):
        return
    if how == CUT:
        release(world, attempt, False, now)
        attempts[attempt].outcome = TRUNCATED
        end(world, call, TRUNCATED, now)
        return
    if not _is_retried(world, call, attempt, status):
        release(world, attempt, True, now)
        end(world, call, _of_status(status), now)
        return
    _retry_of_status(world, call, attempt, status, now)


@njit
def time_out(world: World, attempt: int, now: float) -> None:
    """No response came within the read timeout, or before the deadline."""
    if world.attempts[attempt].open:
        world.attempts[attempt].open = False
        world.attempts[attempt].first_byte_s = now - world.attempts[attempt].started_s
        fail(world, attempt, READ_TIMEOUT, now)


@njit
def fail(world: World, attempt: int, outcome: int, now: float) -> None:
    """The attempt ended without a response: it is retried, or the call ends."""
    attempts, calls, client = world.attempts, world.calls, world.client
    call = attempts[attempt].call
    attempts[attempt].outcome = outcome
    calls[call].status = 0
    _result(world, attempt, 0, now)
    if world.hedge.on and calls[call].raced:
        if is_result(world, attempt, 0, now):
            end(world, call, DEADLINE if now >= calls[call].deadline_s else outcome, now)
        return
    refused = outcome
    calls[call].failures += 1
    retried = world.routes[calls[call].route].retried and calls[call].failures <= client.read_retries
    if retried and calls[call].failures + calls[call].responses <= client.retries:
        refused = _plan(world, call, attempt, 0.0, False, now)
        if refused == OK and not client.sleeps_free and calls[call].slept_s > 0.0:
            attempts[attempt].held = True
            calls[call].state = SLEEPING
            push(world.heap, now + calls[call].slept_s, SLEPT, attempt)
            return
    elif now >= calls[call].deadline_s:
        refused = DEADLINE
    release(world, attempt, False, now)
    if refused == OK:
        _sleep(world, call, now)
    else:
        end(world, call, refused, now)


@njit
def slept(world: World, attempt: int, now: float) -> None:
    """The sleep that held the connection has ended."""
    call = world.attempts[attempt].call
    release(world, attempt, False, now)
    admit(world, call, now)


@njit
def _is_retried(world: World, call: int, attempt: int, status: int) -> bool:
    client = world.client
    if not world.routes[world.calls[call].route].retried:
        return False
    if client.retried_status[status]:
        return True
    asked = world.attempts[attempt].retry_after_s > 0.0 and status in (413, 429, 503)
    left = world.calls[call].failures + world.calls[call].responses < client.retries
    return asked and client.obeys_retry_after and left


@njit
def _retry_of_status(world: World, call: int, attempt: int, status: int, now: float) -> None:
    calls, client = world.calls, world.client
    calls[call].responses += 1
    left = calls[call].responses <= client.status_retries
    refused = _of_status(status)
    if left and calls[call].failures + calls[call].responses <= client.retries:
        after_s = world.attempts[attempt].retry_after_s if client.obeys_retry_after else 0.0
        refused = _plan(world, call, attempt, after_s, after_s > 0.0 or status in (429, 503), now)
        if refused != OK and not client.raises_on_status:
            refused = _of_status(status)
    release(world, attempt, True, now)
    if refused == OK:
        _sleep(world, call, now)
    else:
        end(world, call, refused, now)


@njit
def _plan(world: World, call: int, attempt: int, after_s: float, throttled: bool, now: float) -> int:
    """Plans the sleep before the next attempt; returns OK, or why it is refused."""
    calls = world.calls
    sleep_s = after_s if after_s > 0.0 else backoff_s(world, call)
    if sleep_s >= calls[call].deadline_s - now:
        return DEADLINE
    paid = budgets.withdraw(world.budget, now, throttled)
    if paid == budgets.REFUSED:
        return BUDGET_EXHAUSTED
    calls[call].paid, calls[call].slept_s = paid, sleep_s
    world.attempts[attempt].backoff_s = sleep_s
    return OK


@njit
def backoff_s(world: World, call: int) -> float:
    """Seconds before the next attempt: urllib3's formula, or the policy's own."""
    client = world.client
    retry = world.calls[call].failures + world.calls[call].responses - 1
    if client.backoff == 0:
        if retry == 0:
            return 0.0
        return min(client.cap_s, client.base_s * 2.0**retry + client.jitter_s * np.random.random())
    if client.backoff == 4:
        highest = 3.0 * max(client.base_s, world.calls[call].slept_s)
        return min(client.cap_s, client.base_s + (highest - client.base_s) * np.random.random())
    exponential_s = min(client.cap_s, client.base_s * 2.0 ** min(retry, 60))
    if client.backoff == 2:
        return exponential_s * np.random.random()
    if client.backoff == 3:
        return exponential_s * (0.5 + 0.5 * np.random.random())
    return exponential_s


@njit
def _sleep(world: World, call: int, now: float) -> None:
    """The call sleeps without a connection, then its next attempt begins."""
    if world.calls[call].slept_s > 0.0:
        world.calls[call].state = SLEEPING
        push(world.heap, now + world.calls[call].slept_s, ADMIT, call)
    else:
        admit(world, call, now)


@njit
def _result(world: World, attempt: int, status: int, now: float) -> None:
    """The guards learn the attempt's result; a status of 0 is an error, which frees the place under the limit."""
    calls, call, attempts = world.calls, world.attempts[attempt].call, world.attempts
    ok = 0 < status < 500 and status != 429
    if calls[call].permit >= 0 and not attempts[attempt].hedge:
        done = breakers.SUCCEEDED if ok else breakers.FAILED
        breakers.settle(world.breaker, calls[call].permit, now, done)
        calls[call].permit = -1
    if attempts[attempt].limited:
        count_for_limit(world, attempt, status in (0, 429, 503), now)
        if status == 0:
            attempts[attempt].limited = False
            leave_limiter(world, now)
    budgets.result(world.budget, ok, attempts[attempt].paid)
    if status not in (0, 429, 503):
        throttles.accepted(world.throttle, now)


@njit
def _of_status(status: int) -> int:
    if status < 400:
        return OK
    return HTTP_4XX if status < 500 else HTTP_5XX
