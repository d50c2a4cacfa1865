"""The client's conformance from the ledger: whether it waited as required, and repeated only what may be repeated."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mock_upstream.config.attempt_numbers import within_request
from mock_upstream.telemetry.ledger import Row

_Wrong = Callable[[Row, Row], bool]
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be repeated safely (RFC 9110, 9.2.2)."""


@dataclass(frozen=True, slots=True)
class Conformance:
    """Counts over the given attempts; an attempt is written as "key#attempt". Durations are seconds."""

    attempts: int
    retries: int
    retry_after_violated: tuple[str, ...]
    """Attempts before the `Retry-After` of the previous attempt had passed."""
    too_soon: tuple[str, ...]
    """Attempts sooner after the end of the previous attempt than the backoff allows."""
    repeated_effects: tuple[str, ...]
    """Attempts that repeated a processed POST or PATCH, without an idempotency key that prevented it."""
    replays: int
    """Attempts that repeated a POST and got the first response by its idempotency key, without a second effect."""
    connections: int
    """How many connections the attempts used."""
    churn: float
    """New connections per attempt: 0 is perfect reuse, 1 is none."""
    abandoned: int
    """Attempts whose client disconnected before the end."""
    abandoned_work_s: float
    """Seconds of workers' time for attempts whose client had disconnected."""


def check_conformance(rows: Iterable[Row], backoff_s: Sequence[float] = ()) -> Conformance:
    """Return the conformance of `rows`, in any order.

    `backoff_s` is the minimum wait before the first retry, the second, …; its last value holds for all that follow.
    """
    seen = list(rows)
    pairs = [pair for attempts in _by_request(seen) for pair in pairwise(attempts)]
    connections = {row.connection for row in seen}
    abandoned = [row for row in seen if row.client_gone]
    return Conformance(
        attempts=len(seen),
        retries=len(pairs),
        retry_after_violated=_attempt_names(
            pairs, lambda before, after: before.retry_after_s > _gap_s(before, after)
        ),
        too_soon=_attempt_names(
            pairs, lambda before, after: _gap_s(before, after) < _least_s(backoff_s, after)
        ),
        repeated_effects=_attempt_names(pairs, _repeats_an_effect),
        replays=sum(row.replay for row in seen),
        connections=len(connections),
        churn=len(connections) / len(seen) if seen else 0.0,
        abandoned=len(abandoned),
        abandoned_work_s=sum(row.service_s for row in abandoned),
    )


def _by_request(rows: Iterable[Row]) -> list[list[Row]]:
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        found[row.key, row.attempt - within_request(row.attempt)].append(row)
    return [sorted(attempts, key=lambda row: (row.attempt, row.arrived_s)) for attempts in found.values()]


def _attempt_names(pairs: Sequence[tuple[Row, Row]], wrong: _Wrong) -> tuple[str, ...]:
    return tuple(f"{after.key}#{after.attempt}" for before, after in pairs if wrong(before, after))


def _gap_s(before: Row, after: Row) -> float:
    return after.arrived_s - before.ended_s


def _least_s(backoff_s: Sequence[float], after: Row) -> float:
    attempt = within_request(after.attempt)
    if not backoff_s or attempt < 1:
        return float("-inf")
    return backoff_s[min(attempt - 1, len(backoff_s) - 1)]


def _repeats_an_effect(before: Row, after: Row) -> bool:
    """The first was processed (an overflow or a refusal is not), and nothing prevented the second."""
    processed = before.fault != "overflow" and before.status not in (429, 503)
    return after.method not in _REPEATABLE and processed and not after.replay
