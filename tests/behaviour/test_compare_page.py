"""The page that compares runs, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.components.elements import escaped
from tests.behaviour.visits import html_text, opened, rendered_text
from tests.unit.dashboard import made_runs

STEADY = made_runs.scenario("steady", duration_s=10.0)


def test_the_compare_page_asks_for_two_runs(root: Path, made: dict[str, Path]) -> None:
    assert "Choose two or more runs" in rendered_text(opened("compare", runs=[made["careful"].name]))


def test_the_compare_page_says_what_differs_in_words(root: Path, made: dict[str, Path]) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "textbook", "careful")])
    assert "no difference shown" in html_text(app)
    assert "worse" in html_text(app)


def test_one_run_of_each_policy_is_about_these_runs_only(root: Path, made: dict[str, Path]) -> None:
    text = rendered_text(opened("compare", runs=[made[name].name for name in ("stateless", "textbook")]))
    assert "between these two runs only" in text


def test_differences_can_be_seen_from_another_policy(root: Path, made: dict[str, Path]) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "textbook")])
    app.segmented_control[0].set_value("textbook").run()
    assert "Differences are from textbook." in html_text(app)


def test_the_policy_that_others_are_seen_from_is_in_the_address(root: Path, made: dict[str, Path]) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "textbook")], base="textbook")
    assert app.segmented_control[0].value == "textbook"


def test_an_empty_folder_says_which_command_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline compare dependency-slowdown" in rendered_text(opened("compare"))


def test_a_percentile_that_failed_calls_reach_has_no_difference(root: Path, made: dict[str, Path]) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "careful")])
    row = html_text(app).split("Latency p99\n")[1].split("Latency p99.9")[0]
    assert "not reached" in row
    assert "difference undefined" in row


def test_measurements_with_a_difference_come_first(root: Path, made: dict[str, Path]) -> None:
    text = html_text(opened("compare", runs=[made[name].name for name in ("stateless", "careful")]))
    shown, not_shown = text.split("No difference is shown, or it is undefined")
    assert "better" in shown
    assert "no difference shown" in not_shown
    assert not {"better", "worse"} & set(not_shown.replace(",", "").split())


def test_settings_that_differ_stand_beside_the_differences_that_they_can_explain(
    root: Path, made: dict[str, Path]
) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "careful")])
    table = app.table[0].value
    row = table[table["Setting"] == "session\\.scope"].iloc[0]
    assert "Connections opened per call" in row.iloc[-1]


def test_a_pass_says_which_events_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [made_runs.passing(tmp_path).name, made_runs.complete(tmp_path, made_runs.STATELESS, STEADY).name]
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert escaped(made_runs.UNSEEN) in rendered_text(opened("compare", runs=names))


def test_compare_begins_with_the_decision_its_cost_and_its_certainty(
    root: Path, made: dict[str, Path]
) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "textbook", "careful")])
    said = [*app.success, *app.info, *app.warning, *app.error][0].value.replace("\\", "")
    assert said.startswith(("**Undecided:", "**Ship", "**Trade-off"))
    assert "between these runs only" in said
    assert app.get("download_button")[0].label == "Decision (Markdown)"


def test_runs_of_two_scenarios_are_refused_at_the_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [made_runs.passing(tmp_path).name, made_runs.failing_fast(tmp_path).name]
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    app = opened("compare", runs=names)
    assert "cannot be compared" in app.error[0].value
    assert not app.table


def test_several_seeds_of_each_policy_are_paired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        made_runs.complete(tmp_path, policy, STEADY.model_copy(update={"seed": seed})).name
        for policy in (made_runs.CAREFUL, made_runs.STATELESS)
        for seed in (1, 2)
    ]
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "Not every policy has" not in rendered_text(opened("compare", runs=names))
    assert "Not every policy has the same number of runs of seed 2" in rendered_text(
        opened("compare", runs=names[:3])
    )
