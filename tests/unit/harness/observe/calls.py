"""Calls as the driver hands them over."""

from collections.abc import Sequence

from harness.model.call import Attempt, Call, Outcome
from harness.model.scenario import Scenario


def made_call(
    latency_s: float = 0.05,
    outcome: Outcome = Outcome.OK,
    route: str = "GET /orders/{id}",
    statuses: Sequence[int] = (200,),
    pool_wait_s: float = 0.001,
    step: int = 0,
) -> Call:
    """A call that was due at 1.0 s; all its attempts but the last were retried for their status."""
    call = Call(7, step, "GET", route, scheduled_s=1.0, started_s=1.003, dispatched_s=1.001)
    call.ended_s, call.outcome, call.status = 1.0 + latency_s, outcome, statuses[-1]
    last = len(statuses) - 1
    call.attempts = [
        Attempt(
            number, 1.0, "http://127.0.0.1:1", pool_wait_s=pool_wait_s, first_byte_s=0.02, status=status,
            reason=str(status) if number < last else "", backoff_s=0.1 if number < last else 0.0,
        )
        for number, status in enumerate(statuses)
    ]  # fmt: skip
    return call


def made_scenario(*thresholds: str, timeline: Sequence[object] = ()) -> Scenario:
    """A scenario with this SLO."""
    return Scenario.model_validate(
        {
            "name": "slow",
            "upstream": "up.toml",
            "journey": "scenarios.journeys.orders:get_order",
            "arrivals": ({"rate_per_s": 10.0, "duration_s": 20.0},),
            "timeline": tuple(timeline),
            "slo": {"thresholds": thresholds},
        }
    )
