"""A shadow, reduced to what a screen can show."""

from pathlib import Path

from dashboard.data.run_window import ShownWindow
from dashboard.data.shadow_frames import LEAST_SHOWN, SPEAKS_FOR, ShadowFrames, field_table, shadow_frames
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs
from tests.unit.harness.recorded_rollouts import Different, alike, corrupt, recorded, recorded_shadow, worse


def seen(folder: Path, different: Different = corrupt, window: ShownWindow | None = None) -> ShadowFrames:
    found = shadow_frames(open_run(recorded_shadow(folder, different, dropped=3)), window)
    assert found is not None
    return found


def test_a_difference_is_shown_from_the_second_of_the_decision_on(tmp_path: Path) -> None:
    found = seen(tmp_path)
    shown = found.evidence[
        (found.evidence["series"] == "that they differ") & (found.evidence["value"] >= 1.0)
    ]
    assert found.result.decided_s is not None
    assert 0 <= shown["at_s"].min() - found.result.decided_s <= 1.0


def test_of_like_policies_there_is_evidence_for_no_difference_at_the_end(tmp_path: Path) -> None:
    evidence = seen(tmp_path, alike).evidence
    assert set(evidence["series"]) == set(SPEAKS_FOR.values())
    assert evidence.loc[evidence["series"] == "that they do not", "value"].iloc[-1] >= 1.0
    assert evidence["value"].min() >= LEAST_SHOWN


def test_different_responses_are_told_apart_by_who_repeated_them(tmp_path: Path) -> None:
    different = seen(tmp_path).different
    by = different.groupby("series")["value"].max()
    assert by["textbook (new)"] > 0 == by["careful (old, once more)"]


def test_of_some_seconds_the_result_is_still_that_of_all(tmp_path: Path) -> None:
    found = seen(tmp_path, corrupt, ShownWindow(0.0, 5.0))
    assert found.result.new.calls == 800
    assert found.evidence["at_s"].max() == 5.0


def test_names_are_listed_with_the_repetitions_of_both(tmp_path: Path) -> None:
    table = field_table(seen(tmp_path).result)
    assert table.to_numpy().tolist() == [["body.total", "80", "0"]]
    assert list(table.columns) == ["What differed", "By textbook", "By careful"]


def test_other_runs_have_no_shadow(tmp_path: Path) -> None:
    assert shadow_frames(open_run(recorded(tmp_path, worse))) is None
    assert shadow_frames(open_run(made_runs.complete(tmp_path, made_runs.CAREFUL))) is None
