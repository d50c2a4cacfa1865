"""What the upstream decides of an attempt when it arrives: service time, faults, delay, and how its response ends.

The decisions of mock_upstream/engine/exchange.py and mock_upstream/faults/active.py, from the same random numbers.
"""

from __future__ import annotations

import math

from harness.twin.compiled import njit
from harness.twin.seeded_random import draw
from harness.twin.service_law import FIXED, work_s
from harness.twin.world import (
    DRAWN,
    HANG,
    LATENCY,
    NEVER,
    QUOTA,
    RESET,
    SLOWDOWN,
    WHOLE,
    Records,
    World,
)


@njit
def decide(world: World, attempt: int, now: float) -> None:
    """Fills in the attempt's work, delay, status and ending."""
    attempts, calls = world.attempts, world.calls
    call = attempts[attempt].call
    arrival, step, number, route = (
        calls[call].arrival, calls[call].step, attempts[attempt].number, calls[call].route,
    )  # fmt: skip
    attempts[attempt].delay_s = _distance_s(world, arrival, step, number)
    attempts[attempt].fault_status, attempts[attempt].how = 0, WHOLE
    attempts[attempt].retry_after_s = 0.0
    factor, faults = 1.0, world.faults
    for fault in range(len(faults)):
        if not world.matches[fault, route] or not _awake(faults, fault, now):
            continue
        if faults[fault].attempts >= 0 and number >= faults[fault].attempts:
            continue
        ratio, strength = _ratio(faults, fault, now), 0.0
        if ratio < 1.0 or (faults[fault].kind == LATENCY and faults[fault].b > 0.0):
            chance, strength = draw(world.prefixes[fault], arrival, step, number)
            world.n[DRAWN] += 1
            if chance >= ratio:
                continue
        if faults[fault].first >= 0:
            faults[fault].seen += 1
            if faults[fault].seen > faults[fault].first:
                continue
        if faults[fault].kind == QUOTA and _within_quota(faults, fault, now):
            continue
        if faults[fault].kind == SLOWDOWN:
            factor *= faults[fault].a
        else:
            _add(world, fault, attempt, strength, now)
    u = 0.0
    if world.laws[route].kind != FIXED:
        u = draw(world.prefixes[-2], arrival, step, number)[0]
        world.n[DRAWN] += 1
    attempts[attempt].work_s = work_s(world.laws[route], world.times_s, u) * factor


@njit
def _add(world: World, fault: int, attempt: int, strength: float, now: float) -> None:
    faults, attempts = world.faults, world.attempts
    kind = faults[fault].kind
    if kind == LATENCY:
        late_s = faults[fault].a + faults[fault].b * (2.0 * strength - 1.0)
        attempts[attempt].delay_s += max(0.0, late_s)
    elif kind == RESET:
        attempts[attempt].how = int(faults[fault].a)
    elif kind == HANG:
        attempts[attempt].how = NEVER
    elif attempts[attempt].fault_status == 0:
        attempts[attempt].fault_status = faults[fault].status
        after_s = faults[fault].retry_after_s
        if kind == QUOTA and after_s > 0.0:
            after_s = math.ceil(faults[fault].a - now % faults[fault].a)
        attempts[attempt].retry_after_s = after_s


@njit
def _within_quota(faults: Records, fault: int, now: float) -> bool:
    window = math.floor(now / faults[fault].a)
    if faults[fault].memory != window:
        faults[fault].memory, faults[fault].seen = window, 0
    faults[fault].seen += 1
    return faults[fault].seen <= faults[fault].b


@njit
def _awake(faults: Records, fault: int, now: float) -> bool:
    if now < faults[fault].from_s or now >= faults[fault].until_s:
        return False
    whole_s = faults[fault].on_s + faults[fault].off_s
    return whole_s == math.inf or (now - faults[fault].from_s) % whole_s < faults[fault].on_s


@njit
def _ratio(faults: Records, fault: int, now: float) -> float:
    age_s = now - faults[fault].from_s
    if age_s < faults[fault].ramp_s:
        return faults[fault].ratio * age_s / faults[fault].ramp_s
    return faults[fault].ratio


@njit
def _distance_s(world: World, arrival: int, step: int, number: int) -> float:
    upstream = world.upstream
    if upstream.jitter_s == 0.0:
        return upstream.latency_s
    u = draw(world.prefixes[-1], arrival, step, number)[0]
    return max(0.0, upstream.latency_s + upstream.jitter_s * (2.0 * u - 1.0))
