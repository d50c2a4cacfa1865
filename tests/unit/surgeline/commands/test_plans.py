"""From a plan to a recorded run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.data import computed_frames
from harness.record.reader import Record, open_run
from surgeline.commands import plans
from tests.unit.dashboard import made_runs


def _unread(_: Record) -> Any:
    raise AssertionError("the tables of the run were read")


def test_the_page_of_a_run_that_was_just_recorded_does_not_read_its_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = open_run(made_runs.complete(tmp_path, made_runs.CAREFUL))
    monkeypatch.setattr(plans, "run_plan", lambda *_: ended)
    plan: Any = SimpleNamespace(scenario=ended.run.scenario)
    assert plans.recorded_run(plan, "careful") is ended
    monkeypatch.setattr(computed_frames, "run_frames", _unread)
    assert computed_frames.computed_frames(ended).calls == len(ended.calls())
