"""A call, reported to Locust's own statistics."""

from __future__ import annotations

from collections.abc import Callable

from harness.model.call import Call


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
