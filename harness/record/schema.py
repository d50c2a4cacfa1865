"""The record's tables, column by column. Times are seconds since the run's epoch, durations are seconds."""

from __future__ import annotations

from dataclasses import fields

import pyarrow as pa

from harness.model.call import Attempt
from harness.model.quantities import NOT_ALWAYS_SHOWN, SUMMED, SUMMED_COLUMNS

_SECONDS = pa.float64()
_TYPES = {"int": pa.int16(), "float": _SECONDS, "bool": pa.bool_(), "str": pa.string()}

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
            "arm": pa.string(),
            "reported": pa.bool_(),
            "attempts": pa.int16(),
            **dict.fromkeys(SUMMED_COLUMNS, _SECONDS),
            "error": pa.string(),
        }
    ),
    "attempts": pa.schema(
        {
            "arrival": pa.int64(),
            "step": pa.int16(),
            **{field.name: _TYPES[str(field.type).removesuffix(" | None")] for field in fields(Attempt)},
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
            "hedge_delay_s": _SECONDS,
            "process": pa.int16(),
        }
    ),
    "rollout": pa.schema(
        {
            "at_s": _SECONDS,
            "step": pa.int16(),
            "share": pa.float64(),
            "canary_calls": pa.int32(),
            "canary_bad": pa.int32(),
            "baseline_calls": pa.int32(),
            "baseline_bad": pa.int32(),
            "worse": pa.float64(),
            "rollback_from": pa.float64(),
            "not_worse": pa.float64(),
            "negligible": pa.float64(),
            "promote_from": pa.float64(),
            "fast_burn_rate": pa.float64(),
            "slow_burn_rate": pa.float64(),
            "latency_ceiling": pa.float64(),
            "queue_depth": pa.float64(),
            "limit_from": pa.float64(),
            "state": pa.string(),
            "reason": pa.string(),
            "fallbacks": pa.int64(),
        }
    ),
    "shadow": pa.schema(
        {
            "at_s": _SECONDS,
            "arrival": pa.int64(),
            "step": pa.int16(),
            "method": pa.string(),
            "route": pa.string(),
            "repeated_by": pa.string(),
            "different": pa.string(),
            "failed": pa.bool_(),
            "difference": pa.float64(),
            "no_difference": pa.float64(),
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
            "core_wait_ratio": pa.float64(),
        }
    ),
    "service": pa.schema(
        {"at_s": _SECONDS, "pid": pa.int32(), "cpu_ratio": pa.float64(), "rss_bytes": pa.int64()}
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

WHERE_ABSENT: dict[str, dict[str, float | bool | str]] = {
    "calls": {
        "arm": "",
        "reported": True,
        **{column: 0.0 for column in SUMMED_COLUMNS if column not in NOT_ALWAYS_SHOWN},
    },
    "attempts": {
        **{row.field: 0.0 for row in SUMMED if row.field not in NOT_ALWAYS_SHOWN},
        "hedge": False,
        "lost": False,
        "unhedged": "",
    },
}
"""Columns that a record of an older version may lack, with what they would hold: nothing measured or did it then."""
