"""A rollout, reduced to what a screen can show."""

from pathlib import Path

from dashboard.data.rollout_frames import LEAST_SHOWN, TOWARDS, RolloutFrames, rollout_frames
from dashboard.data.run_window import ShownWindow
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs
from tests.unit.harness.recorded_rollouts import recorded, worse


def seen(folder: Path, window: ShownWindow | None = None) -> RolloutFrames:
    found = rollout_frames(open_run(recorded(folder, worse)), window)
    assert found is not None
    return found


def test_the_share_is_0_after_the_rollback(tmp_path: Path) -> None:
    found = seen(tmp_path)
    assert found.result is not None
    before = found.share["at_s"] < found.result.decided_s
    assert set(found.share.loc[before, "value"]) == {0.25}
    assert set(found.share.loc[~before, "value"]) == {0.0}
    assert found.share["at_s"].max() == 30.0


def test_the_evidence_reaches_1_for_one_decision_at_the_moment_of_it(tmp_path: Path) -> None:
    found = seen(tmp_path)
    assert found.result is not None
    reached = found.evidence[found.evidence["value"] >= 1.0]
    assert set(reached["at_s"]) == {found.result.decided_s}
    assert set(found.evidence["series"]) == set(TOWARDS.values())
    assert found.evidence["value"].min() >= LEAST_SHOWN


def test_bad_calls_are_told_apart_by_policy(tmp_path: Path) -> None:
    bad = seen(tmp_path).bad
    assert set(bad["series"]) == {"textbook (new)", "careful (old)"}
    assert bad.loc[bad["series"] == "textbook (new)", "value"].max() == 0.5


def test_of_some_seconds_the_result_is_still_that_of_all(tmp_path: Path) -> None:
    found = seen(tmp_path, ShownWindow(0.0, 5.0))
    assert found.result is not None
    assert found.result.state == "rolled back"
    assert len(found.evidence) == 5 * len(TOWARDS)


def test_a_run_of_one_policy_has_no_rollout(tmp_path: Path) -> None:
    assert rollout_frames(open_run(made_runs.complete(tmp_path, made_runs.CAREFUL))) is None
