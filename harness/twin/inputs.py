"""From a policy, a scenario and an upstream to the world of one simulation: numbers and arrays, all of them seeded."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from math import inf
from typing import Any

import numpy as np

from harness.analyse.schedule import arrival_times
from harness.model.calibration import OVERHEAD_S
from harness.model.errors import ConfigError
from harness.model.policy import Policy, RetrySettings
from harness.model.scenario import Scenario
from harness.twin.fault_table import fault_table, pauses
from harness.twin.guards.breaker import breaker
from harness.twin.guards.budget import budget
from harness.twin.guards.hedge import hedge
from harness.twin.guards.limiter_record import limiter
from harness.twin.guards.throttle import throttle
from harness.twin.heap import empty_heap, push
from harness.twin.journeys import journeys
from harness.twin.limits import check_modelled
from harness.twin.seeded_random import prefix
from harness.twin.service_law import laws
from harness.twin.tables import planned_calls
from harness.twin.world import (
    ATTEMPTS,
    CLIENT,
    FREE_THREADS,
    LINES,
    MOST_STATUS,
    PAUSE,
    PLACES,
    POOL_TOP,
    RESUME,
    ROUTES,
    UPSTREAM,
    Records,
    World,
)
from mock_upstream.profile import Profile, ServiceTime

Route = tuple[str, str, str]
"""Method, path, and the name under which its calls are counted."""
UNLIMITED = 1 << 30
MOST_ATTEMPTS = 20_000_000
BACKOFFS = ("", "exponential", "full", "equal", "decorrelated")
ENDPOINTS_OF_THEIR_OWN_TIME = ("/delay/", "/drip", "/stream", "/redirect", "/status/", "/download/", "/login")


def world_of(
    policy: Policy, scenario: Scenario, upstream: Profile, overhead_s: float = OVERHEAD_S
) -> tuple[World, list[Route]]:
    """All that the simulation needs, and the routes by their numbers. Raises ConfigError for what is not modelled."""
    check_modelled(policy, scenario, upstream)
    due_s = arrival_times(scenario.arrivals, scenario.seed)
    kinds, of_arrival = journeys(scenario, len(due_s))
    routes = sorted({(step.method, step.path, step.name) for each in kinds for step in each})
    _check_routes(scenario, routes)
    calls, first_call = planned_calls(
        kinds, of_arrival, {route: number for number, route in enumerate(routes)}
    )
    most = _most_attempts(scenario, len(calls) * policy.attempts_at_most)
    timeline = (*upstream.timeline, *scenario.faults)
    seeded = upstream.model_copy(update={"timeline": timeline, "seed": scenario.seed})
    faults, matches, rules = fault_table(seeded, routes)
    rules += ["service_time", f"region.{seeded.regions()[0].name}"]
    client, slots = client_of(policy, scenario, overhead_s), policy.adapter.pool_maxsize
    world = World(
        client[0], upstream_of(seeded)[0],
        *laws([_service_time(seeded, path) for _, path, _ in routes]), faults, matches,
        np.array([prefix(seeded.seed, rule) for rule in rules]), _routes(policy, seeded, routes),
        calls, np.empty(most, ATTEMPTS), empty_heap(6 * most + 64),
        *_guards(policy), np.empty(most if policy.limiter else 0),
        first_call, due_s, np.empty((LINES, most + 1), np.int64), np.zeros(24, np.int64),
        np.arange(slots) >= slots - policy.session.warm_connections, scenario.seed % (1 << 31),
    )  # fmt: skip
    _begin(world, pauses(seeded))
    return world, routes


def _guards(policy: Policy) -> tuple[Records, Records, Records, Records, Records]:
    """Its budget, breaker, throttle, limiter and hedging, one record each."""
    retry_budget = policy.retry.budget if policy.retry else None
    return (
        budget(retry_budget)[0], breaker(policy.breaker)[0], throttle(policy.throttle)[0], limiter(policy.limiter)[0],
        hedge(policy.hedge)[0],
    )  # fmt: skip


def _begin(world: World, pauses_s: Sequence[tuple[float, float]]) -> None:
    client = world.client
    world.n[FREE_THREADS], world.n[PLACES] = client["threads"], client["places"]
    world.n[POOL_TOP] = client["slots"] if client["kept"] else 0
    for from_s, until_s in pauses_s:
        push(world.heap, from_s, PAUSE, 0)
        push(world.heap, until_s, RESUME, 0)


def _most_attempts(scenario: Scenario, most: int) -> int:
    if most >= MOST_ATTEMPTS:
        problem = f"may need {most:,} attempts; at most {MOST_ATTEMPTS:,} can be simulated, shorten the load"
        raise ConfigError(scenario.name, "arrivals", problem)
    return most


def client_of(policy: Policy, scenario: Scenario, overhead_s: float) -> Records:
    """The policy's numbers. Where the Session has no retries, requests' own rule counts: none."""
    retry = policy.retry or RetrySettings(total=0, read=False)
    own = retry.backoff
    own_retry = policy.retry is not None and (
        retry.budget is not None or own is not None or policy.timeout.total_s is not None
    )
    waiting = scenario.service.max_waiting
    return _one(
        CLIENT,
        threads=scenario.service.threads,
        max_waiting=-1 if waiting is None else waiting,
        kept=policy.session.scope == "process",
        slots=policy.adapter.pool_maxsize if policy.session.scope == "process" else 1,
        blocks=policy.adapter.pool_block,
        read_s=policy.timeout.read_s or inf,
        total_s=policy.timeout.total_s or inf,
        retries=_limit(retry.total),
        read_retries=0 if retry.read is False else _limit(retry.read),
        status_retries=_limit(retry.status),
        raises_on_status=retry.raise_on_status,
        obeys_retry_after=retry.respect_retry_after_header,
        sleeps_free=own_retry,
        backoff=BACKOFFS.index(own.kind) if own is not None else 0,
        base_s=own.base_s if own is not None else retry.backoff_factor,
        cap_s=own.cap_s if own is not None else retry.backoff_max,
        jitter_s=retry.backoff_jitter,
        places=policy.bulkhead.connections if policy.bulkhead else -1,
        place_wait_s=policy.bulkhead.wait_s if policy.bulkhead else 0.0,
        overhead_s=overhead_s,
        retried_status=np.isin(np.arange(MOST_STATUS), retry.status_forcelist),
    )


def upstream_of(profile: Profile) -> Records:
    """The upstream's numbers, with those of its only region."""
    region = profile.regions()[0]
    capacity = region.capacity or profile.capacity
    return _one(
        UPSTREAM,
        workers=-1 if capacity.workers is None else capacity.workers,
        queue=-1 if capacity.queue is None else capacity.queue,
        lifo=capacity.discipline == "lifo",
        resets=capacity.overflow == "reset",
        finishes=capacity.abandoned == "finish",
        brownout=capacity.brownout,
        latency_s=region.latency_s,
        jitter_s=region.jitter_s,
    )


def _one(kind: np.dtype[np.void], **fields: Any) -> Records:
    """An array of one record of these fields."""
    found = np.zeros(1, kind)
    for name, value in fields.items():
        found[name] = value
    return found


def _limit(count: int | bool | None) -> int:
    return UNLIMITED if count is None else int(count)


def _routes(policy: Policy, profile: Profile, routes: Sequence[Route]) -> Records:
    retry = policy.retry
    methods = retry.allowed_methods if retry is not None else ()
    hedges = {method.upper() for method in policy.hedge.methods} if policy.hedge is not None else ()
    retried = [retry is not None and (methods is False or method in methods) for method, _, _ in routes]
    status = [_status(profile, path) for _, path, _ in routes]
    hedged = [method in hedges for method, _, _ in routes]
    return np.array(list(zip(retried, status, hedged, strict=True)), ROUTES)


def _status(profile: Profile, path: str) -> int:
    matching = (route for route in profile.route if fnmatchcase(path, route.path))
    return next((route.status or 200 for route in matching), 200)


def _service_time(profile: Profile, path: str) -> ServiceTime:
    for route in profile.route:
        if fnmatchcase(path, route.path) and route.service_time is not None:
            return route.service_time
    return profile.service_time


def _check_routes(scenario: Scenario, routes: Sequence[Route]) -> None:
    for _, path, _ in routes:
        if path.startswith(ENDPOINTS_OF_THEIR_OWN_TIME):
            problem = (
                f"calls {path}, which has a time of its own; the twin does not model this, run it in the lab"
            )
            raise ConfigError(scenario.name, "journey", problem)
