"""When a scenario's levers are due."""

from __future__ import annotations

from harness.lab.lever_schedule import LeverSchedule
from harness.model.driver_messages import Progress
from harness.model.lever_catalogue import SetThrottle
from harness.model.scenario import TimelineLever
from mock_upstream.config.toml import build


def _second(p99_s: float, rate_per_s: float = 100.0) -> Progress:
    return Progress(
        at_s=1.0, arrived=1, calls=1, errors=0, rate_per_s=rate_per_s, good_per_s=rate_per_s * 0.9,
        p99_s=p99_s, busy_threads=1, queued_journeys=0, draining=False,
    )  # fmt: skip


def _entry(**keys: object) -> TimelineLever:
    return build(TimelineLever, {"lever": "throttle", "rate_per_s": 120, **keys}, "s.toml")


def test_a_lever_is_due_once_at_its_time() -> None:
    agenda = LeverSchedule([_entry(at_s=14)])
    assert agenda.due(13.9, None) == []
    (pull,) = agenda.due(14.0, None)
    assert pull.lever == SetThrottle(lever="throttle", rate_per_s=120.0)
    assert agenda.due(15.0, None) == []


def test_a_condition_must_hold_without_a_break() -> None:
    agenda = LeverSchedule([_entry(when="p99(latency) > 1s", hold_s=2)])
    assert agenda.due(1.0, _second(1.5)) == []
    assert agenda.due(2.0, _second(0.5)) == []
    assert agenda.due(3.0, _second(1.5)) == []
    assert agenda.due(4.9, _second(1.5)) == []
    assert len(agenda.due(5.0, _second(1.5))) == 1


def test_a_condition_is_not_looked_at_before_its_time_nor_without_calls() -> None:
    agenda = LeverSchedule([_entry(when="ratio(error) > 5%", hold_s=0, at_s=10)])
    assert agenda.due(9.0, _second(0.1)) == []
    assert agenda.due(10.0, _second(0.1, rate_per_s=0.0)) == []
    assert len(agenda.due(11.0, _second(0.1))) == 1


def test_a_p99_that_failed_calls_reach_is_above_every_limit() -> None:
    failing = _second(0.1).model_copy(update={"p99_s": None, "p99_reached": False})
    assert len(LeverSchedule([_entry(when="p99(latency) > 1s", hold_s=0)]).due(1.0, failing)) == 1
    assert LeverSchedule([_entry(when="p99(latency) < 1s", hold_s=0)]).due(1.0, failing) == []
