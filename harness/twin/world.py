"""All that one simulation reads and writes, in arrays: the compiled functions share it.

Times are seconds since the run's epoch, NaN until they are known; durations are seconds. A call's index is that of its
arrival's first call plus its step. Numbers that do not apply are -1 or infinite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.twin.addressed import Addressed
from harness.twin.heap import Heap

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Records = Any
"""An array of records, of one of the types below; the compiler knows their fields."""


def _numbered(count: int) -> tuple[int, ...]:
    """Numbers from 0 on, of numpy: for each of Python's that a function is given, numba compiles the function again."""
    numbers: Any = np.arange(count)
    return tuple(numbers)


(
    START,
    ARRIVE,
    WORKED,
    RESPOND,
    TIME_OUT,
    GRANT,
    ADMIT,
    QUEUE,
    BULKHEAD_ENDS,
    POOL_ENDS,
    SLEPT,
    PAUSE,
    RESUME,
    PERMIT,
    LIMIT_ENDS,
    LIMIT_GRANTED,
    HEDGE_DUE,
) = _numbered(17)
"""Kinds of events. The subject is an attempt of ARRIVE, WORKED, RESPOND, TIME_OUT, SLEPT and HEDGE_DUE, or else a call.

The first ones are those that are mostly entered in the order of their times (`heap.QUEUES`).
"""

IDLE, SLEEPING, IN_BULKHEAD, IN_LIMITER, IN_POOL, OUT, ENDED = range(7)
"""Where a call is."""

(
    OK, HTTP_4XX, HTTP_5XX, READ_TIMEOUT, PROTOCOL, TRUNCATED, POOL_TIMEOUT, BREAKER_OPEN, THROTTLED, LIMITED,
    BUDGET_EXHAUSTED, DEADLINE, DROPPED, CANCELLED, ABANDONED,
) = _numbered(15)  # fmt: skip
OUTCOMES = (
    "ok", "http_4xx", "http_5xx", "read_timeout", "protocol", "truncated", "pool_timeout", "breaker_open", "throttled",
    "limited", "budget_exhausted", "deadline", "dropped", "cancelled",
    "abandoned",
)  # fmt: skip

LATENCY, SLOWDOWN, STATUS, RESET, HANG, QUOTA = range(6)
"""Kinds of faults of requests."""
WHOLE, BROKEN, CUT, NEVER = range(4)
"""How a response arrives: whole, not at all with a broken connection, broken within its body, or not at all."""

FREE_THREADS, NEXT_WAITING, WAITING, TRIES, BUSY, QUEUED, QUEUE_HEAD, QUEUE_TAIL, PAUSES, POOL_TOP, POOL_HEAD, \
    POOL_TAIL, PLACES, PLACES_HEAD, PLACES_TAIL, LIMIT_HEAD, LIMIT_TAIL, EVENTS, OVERFLOWED, DRAWN, OPENED = \
    range(21)  # fmt: skip
"""Places of `World.n`."""
LINES = 6
FOR_THREAD, FOR_CONNECTION, FOR_PLACE, FOR_LIMIT, FOR_WORKER, AT_WORK = range(LINES)
"""Rows of `World.lines`: the calls that wait for a thread, a connection, a place of the bulkhead or one under the
limit, in their order; the attempts that wait for a worker; and those that are worked on."""
MOST_STATUS = 600


CLIENT = np.dtype(
    [
        ("threads", np.int64),
        ("max_waiting", np.int64),
        ("kept", np.bool_),
        ("slots", np.int64),
        ("blocks", np.bool_),
        ("read_s", np.float64),
        ("total_s", np.float64),
        ("retries", np.int64),
        ("read_retries", np.int64),
        ("status_retries", np.int64),
        ("raises_on_status", np.bool_),
        ("obeys_retry_after", np.bool_),
        ("sleeps_free", np.bool_),
        ("backoff", np.int64),
        ("base_s", np.float64),
        ("cap_s", np.float64),
        ("jitter_s", np.float64),
        ("places", np.int64),
        ("place_wait_s", np.float64),
        ("overhead_s", np.float64),
        ("retried_status", np.uint8, MOST_STATUS),
    ],
    align=True,
)
"""The service and its policy, without the guards. `slots` is the pool's size, `kept` whether there is a pool."""

UPSTREAM = np.dtype(
    [
        ("workers", np.int64),
        ("queue", np.int64),
        ("lifo", np.bool_),
        ("resets", np.bool_),
        ("finishes", np.bool_),
        ("brownout", np.float64),
        ("latency_s", np.float64),
        ("jitter_s", np.float64),
        ("paused_at_s", np.float64),
    ],
    align=True,
)
"""The upstream's workers and its region's latency; `resets` is whether a full queue resets the connection."""

LAWS = np.dtype(
    [
        ("kind", np.int64),
        ("a", np.float64),
        ("b", np.float64),
        ("first", np.int64),
        ("count", np.int64),
    ],
    align=True,
)
"""The service time of each route, shape (routes,): its distribution, two numbers, and a piece of `values_s`."""

FAULTS = np.dtype(
    [
        ("kind", np.int64),
        ("from_s", np.float64),
        ("until_s", np.float64),
        ("ramp_s", np.float64),
        ("on_s", np.float64),
        ("off_s", np.float64),
        ("ratio", np.float64),
        ("first", np.int64),
        ("attempts", np.int64),
        ("a", np.float64),
        ("b", np.float64),
        ("status", np.int64),
        ("retry_after_s", np.float64),
        ("seen", np.int64),
        ("memory", np.float64),
    ],
    align=True,
)
"""The faults of requests, shape (faults,); `matches` is of shape (faults, routes)."""

ROUTES = np.dtype(
    [
        ("retried", np.bool_),
        ("status", np.int64),
        ("hedged", np.bool_),
    ],
    align=True,
)
"""Of each route, shape (routes,): whether its method is retried, its status, and whether its method is hedged."""

CALLS = np.dtype(
    [
        ("arrival", np.int64),
        ("step", np.int64),
        ("route", np.int64),
        ("last", np.bool_),
        ("stops", np.bool_),
        ("scheduled_s", np.float64),
        ("started_s", np.float64),
        ("ended_s", np.float64),
        ("outcome", np.int64),
        ("status", np.int64),
        ("attempts", np.int64),
        ("state", np.int64),
        ("deadline_s", np.float64),
        ("failures", np.int64),
        ("responses", np.int64),
        ("slept_s", np.float64),
        ("waits_since_s", np.float64),
        ("throttle_s", np.float64),
        ("bulkhead_s", np.float64),
        ("limiter_s", np.float64),
        ("in_flight", np.int64),
        ("paid", np.float64),
        ("permit", np.int64),
        ("holds", np.bool_),
        ("limited", np.bool_),
        ("raced", np.bool_),
        ("delay_s", np.float64),
        ("numbered", np.int64),
        ("running", np.int64),
        ("unread", np.int64),
        ("first", np.int64),
        ("latest", np.int64),
    ],
    align=True,
)
"""One row per planned call. `last` says that its arrival has no call after it, also where `stops` on a failure.

`holds` is a place of the bulkhead, `limited` one under the limiter's limit, with the attempts then `in_flight`; an
attempt that is sent has them from then on. Of a call that may have hedges, `numbered` attempts were tried and so many
are `running`; `unread` is one whose response is used if no other attempt has a better result, `first` its own attempt,
`latest` the one that was sent last.
"""

ATTEMPTS = np.dtype(
    [
        ("call", np.int64),
        ("number", np.int64),
        ("started_s", np.float64),
        ("throttle_s", np.float64),
        ("pool_wait_s", np.float64),
        ("limiter_wait_s", np.float64),
        ("first_byte_s", np.float64),
        ("backoff_s", np.float64),
        ("held", np.bool_),
        ("new", np.bool_),
        ("discarded", np.bool_),
        ("status", np.int64),
        ("outcome", np.int64),
        ("open", np.bool_),
        ("sent_s", np.float64),
        ("arrived_s", np.float64),
        ("work_s", np.float64),
        ("work_from_s", np.float64),
        ("work_until_s", np.float64),
        ("delay_s", np.float64),
        ("fault_status", np.int64),
        ("retry_after_s", np.float64),
        ("how", np.int64),
        ("gone", np.bool_),
        ("busy_at", np.int64),
        ("holds", np.bool_),
        ("limited", np.bool_),
        ("in_flight", np.int64),
        ("paid", np.float64),
        ("hedge", np.bool_),
        ("hedge_wait_s", np.float64),
        ("lost", np.bool_),
        ("helper", np.bool_),
        ("before", np.int64),
    ],
    align=True,
)
"""One row per attempt, in the order in which they were sent. `before` is the attempt of its call that it is a hedge of,
or the hedge before it; `helper` says that a helper thread sent it.
"""


@dataclass(frozen=True, eq=False)
class World(Addressed):
    """One simulation. `client`, `upstream` and the guards are one record each.

    `matches` says which faults are for which routes, shape (faults, routes); `prefixes` are those of the faults' random
    numbers, then of the service time's and of the region's, shape (faults + 2, 18). `responses_s` are those of the
    limiter's window.
    """

    client: Records
    upstream: Records
    laws: Records
    times_s: Floats
    faults: Records
    matches: NDArray[np.bool_]
    prefixes: NDArray[np.uint64]
    routes: Records
    calls: Records
    attempts: Records
    heap: Heap
    budget: Records
    breaker: Records
    throttle: Records
    limiter: Records
    hedge: Records
    responses_s: Floats
    first_call: Longs
    due_s: Floats
    lines: Longs
    n: Longs
    pool: NDArray[np.bool_]
    seed: int
