"""When a scenario's levers are due, and how a lever is asked for."""

from __future__ import annotations

import pytest

from harness.lab import lever_schedule
from harness.lab.lever_schedule import LeverSchedule
from harness.model.driver_messages import Progress
from harness.model.errors import ConfigError
from harness.model.lever import Pull, SetRetries, SetThrottle, lever_text
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


def test_a_lever_is_shown_with_its_settings() -> None:
    assert lever_text(SetRetries(lever="retries", total=False)) == "retries total=False"


@pytest.mark.parametrize(
    ("lever", "problem"),
    [
        ({"lever": "throtle"}, "did you mean throttle"),
        ({"lever": "throttle", "rate_per_s": -1}, "lever.rate_per_s is -1"),
        ({"lever": "pool"}, "lever.maxsize is missing"),
    ],
)
def test_a_bad_lever_is_refused_with_the_remedy(lever: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        build(Pull, {"id": "1", "who": "me", "lever": lever}, "lever")


def test_the_settings_of_a_lever_are_known_by_its_name() -> None:
    assert lever_schedule.lever_keys("timeouts") == ["connect_s", "read_s"]
    assert lever_schedule.lever_keys("nothing") == []
