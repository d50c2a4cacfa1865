"""The record's tables, column by column. Times are seconds since the run's epoch, durations are seconds."""

from __future__ import annotations

import pyarrow as pa

from harness.model.call import Attempt, Call

_SECONDS = pa.float64()

TABLES: dict[str, pa.Schema] = {
    "calls": pa.schema(
        {
            "arrival": pa.int64(),
            "step": pa.int16(),
            "method": pa.string(),
            "route": pa.string(),
            "scheduled_s": _SECONDS,
            "dispatched_s": _SECONDS,
            "started_s": _SECONDS,
            "ended_s": _SECONDS,
            "outcome": pa.string(),
            "status": pa.int16(),
            "received_bytes": pa.int64(),
            "digest_matches": pa.bool_(),
            "caller": pa.int32(),
            "attempts": pa.int16(),
            "throttle_s": _SECONDS,
            "pool_wait_s": _SECONDS,
            "connect_s": _SECONDS,
            "tls_s": _SECONDS,
            "first_byte_s": _SECONDS,
            "body_s": _SECONDS,
            "drain_s": _SECONDS,
            "backoff_s": _SECONDS,
            "backoff_held_s": _SECONDS,
            "error": pa.string(),
        }
    ),
    "attempts": pa.schema(
        {
            "arrival": pa.int64(),
            "step": pa.int16(),
            "number": pa.int16(),
            "started_s": _SECONDS,
            "host": pa.string(),
            "throttle_s": _SECONDS,
            "pool_wait_s": _SECONDS,
            "connect_s": _SECONDS,
            "tls_s": _SECONDS,
            "new_connection": pa.bool_(),
            "stale": pa.bool_(),
            "first_byte_s": _SECONDS,
            "body_s": _SECONDS,
            "drain_s": _SECONDS,
            "backoff_s": _SECONDS,
            "backoff_held": pa.bool_(),
            "discarded": pa.bool_(),
            "status": pa.int16(),
            "error": pa.string(),
            "reason": pa.string(),
        }
    ),
    "pool": pa.schema(
        {
            "at_s": _SECONDS,
            "host": pa.string(),
            "maxsize": pa.int32(),
            "in_use": pa.int32(),
            "idle": pa.int32(),
            "waiting": pa.int32(),
            "opened": pa.int64(),
            "discarded": pa.int64(),
            "stale": pa.int64(),
            "longest_wait_s": _SECONDS,
            "process": pa.int16(),
        }
    ),
    "guards": pa.schema(
        {
            "at_s": _SECONDS,
            "host": pa.string(),
            "breaker": pa.string(),
            "budget_left_ratio": pa.float64(),
            "rate_per_s": pa.float64(),
            "refusal_ratio": pa.float64(),
            "bulkhead_taken": pa.int32(),
            "bulkhead_waiting": pa.int32(),
            "limiter_limit": pa.float64(),
            "limiter_in_flight": pa.int32(),
            "hedges": pa.int64(),
            "process": pa.int16(),
        }
    ),
    "driver": pa.schema(
        {
            "at_s": _SECONDS,
            "late_s": _SECONDS,
            "cpu_ratio": pa.float64(),
            "rss_bytes": pa.int64(),
            "busy_threads": pa.int32(),
            "queued_journeys": pa.int32(),
            "arrived": pa.int64(),
            "process": pa.int16(),
        }
    ),
    "served": pa.schema(
        {
            "key": pa.string(),
            "attempt": pa.int16(),
            "region": pa.string(),
            "method": pa.string(),
            "route": pa.string(),
            "connection": pa.int64(),
            "nth": pa.int32(),
            "arrived_s": _SECONDS,
            "queue_wait_s": _SECONDS,
            "service_s": _SECONDS,
            "intended_delay_s": _SECONDS,
            "actual_delay_s": _SECONDS,
            "ended_s": _SECONDS,
            "fault": pa.string(),
            "status": pa.int16(),
            "bytes": pa.int64(),
            "client_gone": pa.bool_(),
            "replay": pa.bool_(),
        }
    ),
    "events": pa.schema(
        {
            "at_s": _SECONDS,
            "kind": pa.string(),
            "name": pa.string(),
            "action": pa.string(),
            "detail": pa.string(),
        }
    ),
}

Row = tuple[object, ...]


def call_row(call: Call) -> Row:
    """One row of `calls`: the call with its attempts' durations summed."""
    throttle = pool_wait = connect = tls = first_byte = body = drain = backoff = held = 0.0
    for attempt in call.attempts:
        throttle += attempt.throttle_s
        pool_wait += attempt.pool_wait_s
        connect += attempt.connect_s
        tls += attempt.tls_s
        first_byte += attempt.first_byte_s
        body += attempt.body_s
        drain += attempt.drain_s
        if attempt.backoff_held:
            held += attempt.backoff_s
        else:
            backoff += attempt.backoff_s
    return (
        call.arrival, call.step, call.method, call.route,
        call.scheduled_s, call.dispatched_s, call.started_s, call.ended_s,
        call.outcome.value, call.status, call.received_bytes, call.digest_matches, call.caller, len(call.attempts),
        throttle, pool_wait, connect, tls, first_byte, body, drain, backoff, held, call.error,
    )  # fmt: skip


def attempt_row(call: Call, attempt: Attempt) -> Row:
    """One row of `attempts`."""
    return (
        call.arrival, call.step, attempt.number, attempt.started_s, attempt.host, attempt.throttle_s,
        attempt.pool_wait_s, attempt.connect_s, attempt.tls_s, attempt.new_connection, attempt.stale,
        attempt.first_byte_s, attempt.body_s, attempt.drain_s, attempt.backoff_s, attempt.backoff_held,
        attempt.discarded, attempt.status, attempt.error, attempt.reason,
    )  # fmt: skip
