"""Which durations of a call are counted, and how often."""

from collections import defaultdict
from collections.abc import Callable

import pytest

from harness.model.call import Attempt, Call
from harness.observe.call_observer import COUNTED, call_observer


def observed(call: Call) -> dict[str, list[float]]:
    """What is counted of one call, by metric."""
    found: dict[str, list[float]] = defaultdict(list)

    def observe(metric: str) -> Callable[[float], None]:
        return found[metric].append

    call_observer(observe)(call)
    return found


def a_call(step: int = 0) -> Call:
    call = Call(0, step, "GET", "/", scheduled_s=1.0, started_s=1.75, dispatched_s=1.25, ended_s=3.0)
    call.attempts += [Attempt(0, 1.75, "h", pool_wait_s=0.25), Attempt(1, 2.0, "h", pool_wait_s=0.5)]
    return call


def test_a_wait_of_attempts_is_counted_once_for_the_call() -> None:
    assert observed(a_call())["surgeline_pool_wait_seconds"] == [0.75]


@pytest.mark.parametrize(
    ("metric", "seconds"), [("surgeline_thread_wait_seconds", 0.5), ("surgeline_schedule_lag_seconds", 0.25)]
)
def test_what_delays_a_journey_is_counted_for_its_first_call_alone(metric: str, seconds: float) -> None:
    assert observed(a_call())[metric] == [seconds]
    assert observed(a_call(step=1))[metric] == []


def test_every_histogram_is_counted_for_the_first_call_of_a_journey() -> None:
    seen = observed(a_call())

    assert {metric: len(values) for metric, values in seen.items()} == {metric: 1 for _, metric, _ in COUNTED}
