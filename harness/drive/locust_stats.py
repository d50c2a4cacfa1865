"""A call, reported to Locust's own statistics; and those, kept from growing with every second of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.model.call import Call

KEPT_S = 60


def report_call(fire: Callable[..., None], call: Call) -> None:
    """Hands an ended call to `fire`, that of Locust's request event; latency counts from the schedule."""
    fire(
        request_type=call.method,
        name=call.route,
        response_time=call.latency_s * 1000.0,
        response_length=call.received_bytes,
        exception=None if call.outcome.good else RuntimeError(call.outcome.value),
        context={},
    )


def forget_seconds(stats: Any, kept: int = KEPT_S) -> None:
    """Drops Locust's counts per second but for the last `kept` ones; its own rates need the last twelve."""
    for entry in (stats.total, *stats.entries.values()):
        for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            for second in sorted(counts)[:-kept]:
                del counts[second]
