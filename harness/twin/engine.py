"""The simulation's loop: arrivals and events in the order of their times, until the run's drain has ended."""

from __future__ import annotations

import numpy as np

from harness.twin.attempts import respond, slept, time_out
from harness.twin.calls import admit, begin, bulkhead_ends, grant, limit, limit_ends, permit, pool_ends, queue
from harness.twin.compiled import entry, njit
from harness.twin.fates import decide
from harness.twin.heap import earliest, pop
from harness.twin.hedges import hedge_due
from harness.twin.workers import finish, offer, pause, resume
from harness.twin.world import (
    ADMIT,
    ARRIVE,
    BULKHEAD_ENDS,
    DROPPED,
    ENDED,
    EVENTS,
    FOR_THREAD,
    FREE_THREADS,
    GRANT,
    HEDGE_DUE,
    LIMIT_ENDS,
    LIMIT_GRANTED,
    NEXT_WAITING,
    PAUSE,
    PERMIT,
    POOL_ENDS,
    QUEUE,
    RESPOND,
    RESUME,
    SLEPT,
    START,
    TIME_OUT,
    WAITING,
    WORKED,
    World,
)


@entry
def play(world: World, until_s: float) -> None:
    """Plays all arrivals, and what follows from them until `until_s`; later events do not happen."""
    np.random.seed(world.seed)
    heap, due_s, arrival = world.heap, world.due_s, 0
    arrivals, events = len(due_s), 0
    while True:
        due, place = due_s[arrival] if arrival < arrivals else np.inf, earliest(heap)
        if heap.heads.first_s[place] < due:
            if heap.heads.first_s[place] >= until_s:
                break
            now, kind, subject = pop(heap, place)
            happen(world, kind, subject, now)
        elif arrival < arrivals and due < until_s:
            arrive(world, arrival, due)
            arrival += 1
        else:
            break
        events += 1
    world.n[EVENTS] = events


@njit
def arrive(world: World, arrival: int, now: float) -> None:
    """An arrival is due: a free thread takes it, or it waits, or it is dropped."""
    n, client, call = world.n, world.client, world.first_call[arrival]
    world.calls[call].scheduled_s = now
    if n[FREE_THREADS] > 0:
        n[FREE_THREADS] -= 1
        begin(world, call, now)
    elif client.max_waiting < 0 or n[WAITING] < client.max_waiting:
        world.lines[FOR_THREAD, n[NEXT_WAITING] + n[WAITING]] = call
        n[WAITING] += 1
    else:
        calls = world.calls
        calls[call].started_s = calls[call].ended_s = now
        calls[call].outcome, calls[call].state = DROPPED, ENDED


@njit
def happen(world: World, kind: int, subject: int, now: float) -> None:
    """One event."""
    if kind == WORKED:
        finish(world, subject, now)
    elif kind == RESPOND:
        respond(world, subject, now)
    elif kind == ARRIVE:
        decide(world, subject, now)
        offer(world, subject, now)
    elif kind == TIME_OUT:
        time_out(world, subject, now)
    elif kind == START:
        begin(world, subject, now)
    elif kind == ADMIT:
        admit(world, subject, now)
    elif kind == SLEPT:
        slept(world, subject, now)
    elif kind == GRANT:
        grant(world, now)
    else:
        happen_rarely(world, kind, subject, now)


@njit
def happen_rarely(world: World, kind: int, subject: int, now: float) -> None:
    """One event of the other kinds."""
    if kind == QUEUE:
        queue(world, subject, now)
    elif kind == PERMIT:
        limit(world, subject, now)
    elif kind == LIMIT_GRANTED:
        permit(world, subject, now)
    elif kind == HEDGE_DUE:
        hedge_due(world, subject, now)
    elif kind == LIMIT_ENDS:
        limit_ends(world, subject, now)
    elif kind == BULKHEAD_ENDS:
        bulkhead_ends(world, subject, now)
    elif kind == POOL_ENDS:
        pool_ends(world, subject, now)
    elif kind == PAUSE:
        pause(world, now)
    elif kind == RESUME:
        resume(world, now)
