"""The pages' logic, without a browser: what they show for runs in every state."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from streamlit import config

from dashboard.charts.guards import NOT_RECORDED
from dashboard.components.elements import escaped
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.visits import opened, said


def test_an_empty_folder_says_which_command_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    for page in ("home", "runs", "run", "compare"):
        assert "surgeline compare dependency-slowdown" in said(opened(page))


def test_the_runs_page_lists_every_run(root: Path) -> None:
    app = opened("runs")
    assert len(app.dataframe[0].value) == 5
    assert any("2 folders" in e.label for e in app.expander)


def test_the_runs_page_keeps_its_filter_in_the_address(root: Path) -> None:
    app = opened("runs", q="careful")
    assert app.dataframe[0].value["Policy"].tolist() == ["careful"]
    app.text_input[0].set_value("cramped").run()
    assert app.query_params["q"] == "cramped"


def test_a_filter_that_fits_nothing_says_so(root: Path) -> None:
    assert "None of the 5 runs" in said(opened("runs", q="nonsense"))


def test_a_complete_run_starts_with_its_verdict(root: Path, made: dict[str, Path]) -> None:
    app = opened("run", run=made["textbook"].name)
    assert "✗ Fail" in app.error[0].value
    assert "p99\\(latency\\) \\< 250ms" in app.error[0].value


def test_a_complete_run_shows_how_to_repeat_it(root: Path, made: dict[str, Path]) -> None:
    assert "surgeline run dependency-slowdown --policy textbook" in said(
        opened("run", run=made["textbook"].name)
    )


def test_a_run_without_the_guards_table_says_that_they_were_not_recorded(
    root: Path, made: dict[str, Path]
) -> None:
    assert escaped(NOT_RECORDED) in said(opened("run", run=made["careful"].name))


def test_the_address_of_a_host_is_no_link() -> None:
    assert escaped("of http://a.test") == "of http\\:\u2060//a\\.test"


def test_a_killed_run_says_that_it_was_interrupted(root: Path, made: dict[str, Path]) -> None:
    text = said(opened("run", run=made["killed"].name))
    assert "Interrupted" in text
    assert "was not judged" in text


def test_a_live_run_says_how_far_it_is(root: Path, made: dict[str, Path]) -> None:
    for path in made["live"].iterdir():
        path.touch()
    assert "● Live" in said(opened("run", run=made["live"].name))


def test_a_run_that_has_just_gone_silent_may_still_be_judged(root: Path, made: dict[str, Path]) -> None:
    silent_s = time.time() - 10
    for path in made["live"].iterdir():
        os.utime(path, (silent_s, silent_s))
    text = said(opened("run", run=made["live"].name))
    assert "Silent" in text
    assert "was not judged" not in text


def test_a_broken_run_says_why_and_what_to_do(root: Path, made: dict[str, Path]) -> None:
    text = said(opened("run", run=made["broken"].name))
    assert "can't be shown" in text
    assert "not JSON" in text


def test_a_run_of_a_newer_schema_says_how_to_upgrade(root: Path, made: dict[str, Path]) -> None:
    assert "pip install --upgrade surgeline" in said(opened("run", run=made["newer"].name))


def test_a_run_that_is_not_there_says_so(root: Path) -> None:
    assert "no run matches" in said(opened("run", run="../../etc/passwd"))


def test_the_compare_page_asks_for_two_runs(root: Path, made: dict[str, Path]) -> None:
    assert "Choose two or more runs" in said(opened("compare", runs=[made["careful"].name]))


def test_the_compare_page_says_what_differs_in_words(root: Path, made: dict[str, Path]) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "textbook", "careful")])
    cells = " ".join(str(cell) for table in app.table for cell in table.value.to_numpy().ravel())
    assert "no difference shown" in cells
    assert "worse" in cells


def test_differences_can_be_seen_from_another_policy(root: Path, made: dict[str, Path]) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "textbook")])
    app.segmented_control[0].set_value("textbook").run()
    assert any(list(table.value.columns) == ["Measurement", "textbook", "stateless"] for table in app.table)


def test_the_policy_that_others_are_seen_from_is_in_the_address(root: Path, made: dict[str, Path]) -> None:
    app = opened("compare", runs=[made[name].name for name in ("stateless", "textbook")], base="textbook")
    assert app.segmented_control[0].value == "textbook"


def test_the_verdicts_that_are_wanted_are_in_the_address(root: Path) -> None:
    assert set(opened("runs", verdict="✗ Fail").dataframe[0].value["Policy"]) == {"stateless", "textbook"}


def test_markdown_from_a_record_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    hostile = "![x](http://evil.test/x.png) <b>bold</b> :red[alarm] $x$"
    policy = made_runs.CAREFUL.model_copy(update={"description": hostile})
    folder = made_runs.complete(tmp_path, policy, made_runs.scenario("short", duration_s=5.0))
    captions = [c.value for c in opened("run", run=folder.name).caption if "evil" in c.value]
    shown = r"\!\[x\]\(http\:{joiner}//evil\.test/x\.png\) \<b\>bold\</b\> \:red\[alarm\] \$x\$"
    assert captions == [shown.replace("{joiner}", "\u2060")]


def test_home_shows_the_latest_verdict_of_each_policy(root: Path) -> None:
    text = said(opened("home"))
    assert all(
        f"**{name}** under dependency-slowdown" in text for name in ("stateless", "textbook", "careful")
    )
    assert "Nothing: no policy's latest run is worse" in text


def test_a_form_shows_the_command_that_it_will_run(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook")
    app.number_input(key="textbook.policy.adapter.pool_maxsize").set_value(5).run()
    assert "surgeline run dependency-slowdown --policy textbook --set policy.adapter.pool_maxsize=5" in said(
        app
    )


def test_a_form_is_kept_in_its_address(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook", set=["policy.adapter.pool_maxsize=5", "scenario.seed=3"])
    assert "--set policy.adapter.pool_maxsize=5 --set scenario.seed=3" in said(app)
    app.text_area[0].set_value("scenario.seed=4").run()
    assert app.query_params["set"] in ("scenario.seed=4", ["scenario.seed=4"])


def test_a_form_complains_as_the_command_line_does(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook")
    app.text_area[0].set_value("policy.adapter.pool_size=5").run()
    assert "pool\\_size" in app.error[0].value
    assert app.button[-1].disabled


@pytest.mark.parametrize("why", ["told so", "reachable by others"])
def test_where_pages_may_only_look_nothing_can_be_started(
    root: Path, monkeypatch: pytest.MonkeyPatch, on_loopback: None, why: str
) -> None:
    if why == "told so":
        monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    else:
        config.set_option("server.address", "0.0.0.0")  # noqa: S104
    assert "may only look" in said(opened("new_run"))
    assert [b.label for b in opened("home").button] == []
