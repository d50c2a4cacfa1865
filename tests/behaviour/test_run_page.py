"""The page of one run, in every state a run can have, without a browser."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from dashboard.charts.guards import NOT_RECORDED
from dashboard.components.elements import escaped
from harness.assess.runs import judged_end
from harness.model.ending import Interrupted
from harness.record.reader import open_run
from tests.behaviour.visits import html_text, opened, rendered_text
from tests.unit.dashboard import made_runs
from tests.unit.harness.recorded_rollouts import recorded, worse

SCHEMA_1 = Path(__file__).parents[1] / "fixtures" / "schema_1"


def test_an_empty_folder_says_which_command_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline compare dependency-slowdown" in rendered_text(opened("run"))


def test_a_complete_run_starts_with_its_verdict(root: Path, made: dict[str, Path]) -> None:
    app = opened("run", run=made["textbook"].name)
    assert "✗ Fail" in app.error[0].value
    assert "p99\\(latency\\) \\< 250ms" in app.error[0].value


def test_a_complete_run_shows_how_to_repeat_it(root: Path, made: dict[str, Path]) -> None:
    assert "surgeline run dependency-slowdown --policy textbook" in rendered_text(
        opened("run", run=made["textbook"].name)
    )


def test_a_run_of_schema_1_says_that_its_guards_were_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(SCHEMA_1))
    assert escaped(NOT_RECORDED) in rendered_text(opened("run"))


def test_a_plain_policy_is_said_to_have_no_guards(root: Path, made: dict[str, Path]) -> None:
    assert escaped("This policy has no guards.") in rendered_text(opened("run", run=made["careful"].name))


def test_a_killed_run_says_that_it_was_interrupted(root: Path, made: dict[str, Path]) -> None:
    text = rendered_text(opened("run", run=made["killed"].name))
    assert "Interrupted" in text
    assert "was not judged" in text


def test_a_live_run_says_how_far_it_is(root: Path, made: dict[str, Path]) -> None:
    for path in made["live"].iterdir():
        path.touch()
    assert "● Live" in rendered_text(opened("run", run=made["live"].name))


def test_a_run_that_has_just_gone_silent_may_still_be_judged(root: Path, made: dict[str, Path]) -> None:
    silent_s = time.time() - 10
    for path in made["live"].iterdir():
        os.utime(path, (silent_s, silent_s))
    text = rendered_text(opened("run", run=made["live"].name))
    assert "No new data" in text
    assert "was not judged" not in text


def test_a_broken_run_says_why_and_what_to_do(root: Path, made: dict[str, Path]) -> None:
    text = rendered_text(opened("run", run=made["broken"].name))
    assert "can't be shown" in text
    assert "not valid JSON" in text


def test_a_run_of_a_newer_schema_says_how_to_upgrade(root: Path, made: dict[str, Path]) -> None:
    assert "pip install --upgrade surgeline" in rendered_text(opened("run", run=made["newer"].name))


def test_a_run_that_is_not_there_says_so(root: Path) -> None:
    assert "no run matches" in rendered_text(opened("run", run="../../etc/passwd"))


def test_markdown_from_a_record_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    hostile = "![x](http://evil.test/x.png) <b>bold</b> :red[alarm] $x$"
    policy = made_runs.CAREFUL.model_copy(update={"description": hostile})
    folder = made_runs.complete(tmp_path, policy, made_runs.scenario("short", duration_s=5.0))
    captions = [c.value for c in opened("run", run=folder.name).caption if "evil" in c.value]
    shown = r"\!\[x\]\(http\:{joiner}//evil\.test/x\.png\) \<b\>bold\</b\> \:red\[alarm\] \$x\$"
    assert captions == [shown.replace("{joiner}", "\u2060")]


def test_a_trial_is_opened_as_a_run_of_its_range(ranges_root: Path, searched: dict[str, Path]) -> None:
    folder = searched["careful"]
    trial = next(path.name for path in folder.iterdir() if path.is_dir())
    assert opened("run", run=trial, range=folder.name).title[0].value == "careful under capacity"


def test_a_trial_is_looked_for_inside_the_runs_folder_only(ranges_root: Path) -> None:
    assert "no range is called" in rendered_text(opened("run", run="latest", range="../elsewhere"))


def test_a_damaged_table_is_an_error_that_names_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SCHEMA_1, tmp_path / "runs")
    (table,) = (tmp_path / "runs").glob("*/calls.parquet")
    table.write_bytes(b"PAR1")
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path / "runs"))
    app = opened("run")
    assert any("calls.parquet: is damaged" in error.value.replace("\\", "") for error in app.error)


@pytest.mark.parametrize("page", ["run", "range", "rehearse", "compare"])
@pytest.mark.parametrize("name", ["\0", "a" * 300, "\x1b[31m", "../.."])
def test_a_name_that_cannot_be_a_folder_is_an_error_in_words(
    root: Path, made: dict[str, Path], page: str, name: str
) -> None:
    key = {"run": "run", "range": "ranges", "rehearse": "run", "compare": "runs"}[page]
    assert not opened(page, **{key: name}).exception


def test_a_pass_says_which_events_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_runs.passing(tmp_path)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert escaped(made_runs.UNSEEN) in opened("run").success[0].value


def test_a_run_of_quick_failures_fails_and_has_no_p99(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_runs.failing_fast(tmp_path)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    app = opened("run")
    assert escaped("p99(latency) is not reached: more than 1% of the calls failed") in app.error[0].value
    assert "Latency p99\nnot reached\n" in html_text(app)
    assert escaped("Not reached: a failed call is infinitely late") in rendered_text(app)
    assert "not reached" in " ".join(
        str(cell) for table in app.table for cell in table.value.to_numpy().ravel()
    )


def test_a_run_that_was_stopped_by_sigterm_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    folder = made_runs.complete(tmp_path, made_runs.CAREFUL, made_runs.scenario("short", duration_s=5.0))
    stopped = judged_end(open_run(folder), Interrupted(signal="SIGTERM"))
    (folder / "end.json").write_text(stopped.model_dump_json())
    said = opened("run", run=folder.name).warning[0].value
    assert "◐ Interrupted" in said
    assert "stopped by SIGTERM" in said
    assert "Ctrl" not in said


def test_a_finished_run_of_no_calls_is_not_said_to_be_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    folder = made_runs.underway(tmp_path, made_runs.CAREFUL).finish()
    app = opened("run", run=folder.name)
    assert "No call ended in these seconds." in [info.value for info in app.info]
    assert " yet" not in rendered_text(app)


def test_a_rollout_begins_with_its_decision_and_shows_its_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recorded(tmp_path, worse)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    app = opened("run", run=run.name)
    assert app.error[0].value.startswith("**✗ Fail** — textbook was rolled back after")
    assert "Plan short: 25% for at most" in rendered_text(app).replace("\\", "")


def test_a_live_rollout_says_how_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = recorded(tmp_path, worse, 8, ended=False)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "at a share of 25%" in rendered_text(opened("run", run=run.name)).replace("\\", "")
