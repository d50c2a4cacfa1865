"""The upstream's workers and their queue: the arithmetic of mock_upstream/engine/queue_model.py, on arrays."""

from __future__ import annotations

from harness.twin.compiled import njit
from harness.twin.heap import push
from harness.twin.world import (
    AT_WORK,
    BUSY,
    FOR_WORKER,
    NEVER,
    OVERFLOWED,
    PAUSES,
    QUEUE_HEAD,
    QUEUE_TAIL,
    QUEUED,
    RESPOND,
    WORKED,
    World,
)


@njit
def offer(world: World, attempt: int, now: float) -> None:
    """The attempt, whose work is known, begins, waits, or is refused because the queue is full."""
    upstream, attempts, n = world.upstream, world.attempts, world.n
    attempts[attempt].arrived_s = now
    if (
        upstream.workers < 0
        and upstream.brownout == 0.0
        and n[PAUSES] == 0
        and attempts[attempt].work_s == 0.0
    ):
        attempts[attempt].work_from_s = attempts[attempt].work_until_s = now
        _respond(world, attempt, now)
    elif _free(world):
        _start(world, attempt, now)
    elif upstream.queue < 0 or n[QUEUED] < upstream.queue:
        world.lines[FOR_WORKER, n[QUEUE_TAIL]] = attempt
        n[QUEUE_TAIL] += 1
        n[QUEUED] += 1
    else:
        n[OVERFLOWED] += 1
        attempts[attempt].fault_status, attempts[attempt].delay_s = 503, 0.0
        attempts[attempt].retry_after_s = 0.0
        attempts[attempt].how = 1 if upstream.resets else 0
        _respond(world, attempt, now)


@njit
def finish(world: World, attempt: int, now: float) -> None:
    """A worker ends its work, unless the workers are paused or have been since it was planned."""
    if (
        world.n[PAUSES] > 0
        or world.attempts[attempt].work_until_s != now
        or world.attempts[attempt].busy_at < 0
    ):
        return
    _remove(world, attempt)
    _fill(world, now)
    if not world.attempts[attempt].gone:
        _respond(world, attempt, now)


@njit
def leave(world: World, attempt: int, now: float) -> None:
    """The client has disconnected before the response."""
    attempts = world.attempts
    attempts[attempt].gone = True
    if world.upstream.finishes or attempts[attempt].arrived_s != attempts[attempt].arrived_s:
        return
    if attempts[attempt].busy_at >= 0:
        _remove(world, attempt)
        attempts[attempt].work_until_s = now
        _fill(world, now)
    elif attempts[attempt].work_from_s != attempts[attempt].work_from_s:
        world.n[QUEUED] -= 1  # It is skipped when its turn comes.


@njit
def pause(world: World, now: float) -> None:
    """All work stops."""
    world.n[PAUSES] += 1
    if world.n[PAUSES] == 1:
        world.upstream.paused_at_s = now


@njit
def resume(world: World, now: float) -> None:
    """Work continues where it stopped, unless another pause is active."""
    world.n[PAUSES] -= 1
    if world.n[PAUSES] > 0:
        return
    lost_s = now - world.upstream.paused_at_s
    for place in range(world.n[BUSY]):
        attempt = world.lines[AT_WORK, place]
        world.attempts[attempt].work_until_s += lost_s
        push(world.heap, world.attempts[attempt].work_until_s, WORKED, attempt)
    while _fill(world, now):
        pass


@njit
def _free(world: World) -> bool:
    if world.n[PAUSES] > 0:
        return False
    return world.upstream.workers < 0 or world.n[BUSY] < world.upstream.workers


@njit
def _fill(world: World, now: float) -> bool:
    """Gives a free worker the next attempt whose client was not cancelled; False when there is none."""
    n = world.n
    while n[QUEUE_HEAD] < n[QUEUE_TAIL] and _free(world):
        if world.upstream.lifo:
            n[QUEUE_TAIL] -= 1
            attempt = world.lines[FOR_WORKER, n[QUEUE_TAIL]]
        else:
            attempt = world.lines[FOR_WORKER, n[QUEUE_HEAD]]
            n[QUEUE_HEAD] += 1
        if world.attempts[attempt].gone and not world.upstream.finishes:
            continue
        n[QUEUED] -= 1
        _start(world, attempt, now)
        return True
    return False


@njit
def _start(world: World, attempt: int, now: float) -> None:
    attempts, busy = world.attempts, world.n[BUSY]
    slower = 1.0 + world.upstream.brownout * busy
    attempts[attempt].work_from_s = now
    attempts[attempt].work_until_s = now + attempts[attempt].work_s * slower
    world.lines[AT_WORK, busy] = attempt
    attempts[attempt].busy_at = busy
    world.n[BUSY] += 1
    push(world.heap, attempts[attempt].work_until_s, WORKED, attempt)


@njit
def _remove(world: World, attempt: int) -> None:
    place, world.n[BUSY] = world.attempts[attempt].busy_at, world.n[BUSY] - 1
    moved = world.lines[AT_WORK, world.n[BUSY]]
    world.lines[AT_WORK, place] = moved
    world.attempts[moved].busy_at = place
    world.attempts[attempt].busy_at = -1


@njit
def _respond(world: World, attempt: int, now: float) -> None:
    if world.attempts[attempt].how != NEVER:
        back_s = world.attempts[attempt].delay_s + world.client.overhead_s / 2.0
        push(world.heap, now + back_s, RESPOND, attempt)
