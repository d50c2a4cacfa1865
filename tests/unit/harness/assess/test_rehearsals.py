"""Recorded runs of one incident as a rehearsal."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from harness.assess.rehearsals import rehearsal_of, trigger_of
from harness.model.arrivals import Constant
from harness.model.errors import ConfigError, RecordError
from harness.model.rehearsal import Repetition
from harness.model.scenario import Scenario
from harness.record.reader import open_run
from mock_upstream.config.toml import build
from tests.unit.dashboard import made_runs
from tests.unit.harness.model.levers import lever

LATER = made_runs.STARTED + timedelta(hours=1)
Pulls = list[tuple[float, str, dict[str, object]]]


def _repetition(root: Path, pulls: Pulls) -> Repetition:
    """A run in which these levers were pulled at these times, told by events with names that say nothing."""
    run = made_runs.underway(root, made_runs.TEXTBOOK, started_at=LATER)
    for at_s, action, pulled in pulls:
        run.note((at_s, "lever", "a lever", action, json.dumps({"who": "ana", "lever": pulled})))
    run.write(int(run.world.until_s) + 1)
    (found,) = rehearsal_of([open_run(run.finish())]).repetitions
    return found


def test_a_run_without_a_lever_shows_whether_the_service_recovers_by_itself(tmp_path: Path) -> None:
    alone = open_run(made_runs.complete(tmp_path, made_runs.TEXTBOOK))
    found = rehearsal_of([alone])
    assert found.by_itself is not None
    assert found.by_itself.run == alone.run.id


def test_the_levers_of_a_recorded_run_are_read_from_the_details_of_its_events(tmp_path: Path) -> None:
    found = _repetition(
        tmp_path,
        [
            (19.0, "pulled", {"lever": "throttle", "rate_per_s": 60.0}),
            (22.0, "failed", {"lever": "breaker", "state": "open"}),
            (25.0, "pulled", {"lever": "throttle", "rate_per_s": False}),
        ],
    )
    assert found.levers == (lever("throttle", rate_per_s=60.0),)
    assert (found.pulled_s, found.reverted_s) == (19.0, 25.0)


def test_a_second_lever_is_no_revert_of_the_first(tmp_path: Path) -> None:
    found = _repetition(
        tmp_path,
        [
            (19.0, "pulled", {"lever": "retries", "total": 0}),
            (21.0, "pulled", {"lever": "timeouts", "connect_s": None, "read_s": 0.5}),
        ],
    )
    assert found.levers == (lever("retries", total=0), lever("timeouts", connect_s=None, read_s=0.5))
    assert found.reverted_s is None


def test_a_count_that_goes_back_to_its_own_value_is_a_revert(tmp_path: Path) -> None:
    own = made_runs.scenario().service.threads
    found = _repetition(
        tmp_path,
        [
            (19.0, "pulled", {"lever": "threads", "count": own + 4}),
            (24.0, "pulled", {"lever": "threads", "count": own}),
        ],
    )
    assert found.levers == (lever("threads", count=own + 4),)
    assert found.reverted_s == 24.0


def test_a_run_with_a_lever_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="ended before recovery"):
        _repetition(tmp_path, [(19.0, "pulled", {"lever": "warp"})])


@pytest.mark.parametrize("timeline", [[], [{"at_s": 1, "fault": {"kind": "pause"}}]])
def test_a_scenario_without_an_end_of_its_trouble_cannot_be_rehearsed(
    timeline: list[dict[str, object]],
) -> None:
    table = {"name": "s", "upstream": "u", "journey": "a:b", "arrivals": [{"rate_per_s": 1, "duration_s": 1}]}
    scenario = build(Scenario, {**table, "timeline": timeline}, "s.toml")
    assert isinstance(scenario.arrivals[0], Constant)
    with pytest.raises(ConfigError, match="has no fault with an end"):
        trigger_of(scenario)
