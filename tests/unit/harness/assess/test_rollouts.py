"""How a recorded rollout ended, and what it cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.assess.rollouts import rollout_result
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs
from tests.unit.harness.recorded_rollouts import better, recorded, worse


def test_a_worse_policy_was_rolled_back_and_its_excess_is_the_cost(tmp_path: Path) -> None:
    record = open_run(recorded(tmp_path, worse))
    found = rollout_result(record)
    assert found is not None
    assert (found.state, found.share, found.canary.policy) == ("rolled back", 0.25, "textbook")
    assert 10 < (found.decided_s or 0) < 16
    seconds = (found.decided_s or 0) - 10
    excess = seconds * (5 - 1 / 3)
    assert found.spoilt.value == pytest.approx(excess / 1200, rel=0.01)
    assert found.spoilt.n == 1200
    assert record.end is not None
    assert (record.end.verdict.kind, record.end.verdict.margins) == ("fail", ())
    assert record.end.verdict.reasons == (found.decision, found.cost)


def test_a_better_policy_was_promoted(tmp_path: Path) -> None:
    record = open_run(recorded(tmp_path, better))
    found = rollout_result(record)
    assert found is not None
    assert found.state == "promoted"
    assert found.spoilt.number < 0
    assert record.end is not None
    assert record.end.verdict.kind == "pass"


def test_a_run_that_ends_before_the_decision_is_inconclusive(tmp_path: Path) -> None:
    record = open_run(recorded(tmp_path, worse, 9))
    found = rollout_result(record)
    assert found is not None
    assert (found.state, found.decided_s) == ("comparing", None)
    assert record.end is not None
    assert record.end.verdict.kind == "inconclusive"


def test_a_run_of_one_policy_has_none(tmp_path: Path) -> None:
    record = open_run(made_runs.complete(tmp_path, made_runs.CAREFUL))
    assert rollout_result(record) is None
