"""The page of ranges, without a browser."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.behaviour.visits import opened, rendered_text
from tests.unit.dashboard import made_ranges
from tests.unit.dashboard.made_runs import CAREFUL


def _buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_without_a_range_the_page_says_which_command_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline range baseline" in rendered_text(opened("range"))


def test_the_answer_comes_first_with_what_broke(ranges_root: Path, searched: dict[str, Path]) -> None:
    app = opened("range", ranges=searched["textbook"].name)
    said = app.error[0].value.replace("\\", "")
    assert said.startswith("**✗ textbook holds 2")
    assert "but recovers after a trigger only up to" in said
    assert (
        "× the expected peak of 200/s; first limit: p99(latency) < 250ms, with no resource used up." in said
    )
    assert "First breach: p99" in rendered_text(app).replace("\\", "")


def test_several_policies_stand_under_each_other(ranges_root: Path, searched: dict[str, Path]) -> None:
    app = opened("range", ranges=[searched[name].name for name in ("textbook", "careful")])
    assert [s.value for s in app.subheader] == ["textbook under capacity", "careful under capacity"]


def test_a_suggestion_is_a_diff_with_a_button(
    ranges_root: Path, searched: dict[str, Path], on_loopback: None
) -> None:
    app = opened("range", ranges=searched["textbook"].name)
    assert "- retry.budget = (not set)\n+ retry.budget =" in rendered_text(app)
    assert "Check it" in _buttons(app)
    assert ".." not in rendered_text(app).replace("\\", "")


def test_who_may_only_look_is_given_the_command_instead(
    ranges_root: Path, searched: dict[str, Path], monkeypatch: pytest.MonkeyPatch, on_loopback: None
) -> None:
    monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    app = opened("range", ranges=[searched["textbook"].name, searched["killed"].name])
    assert _buttons(app) == []
    assert "--verify --key retry.budget" in rendered_text(app)


def test_a_search_that_was_killed_says_how_it_goes_on(
    ranges_root: Path, searched: dict[str, Path], on_loopback: None
) -> None:
    app = opened("range", ranges=searched["killed"].name)
    assert "◐ Interrupted" in app.warning[0].value
    assert f"surgeline range --resume {searched['killed'].name}" in rendered_text(app)
    assert "Continue" in _buttons(app)


def test_a_search_at_work_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_ranges.searching(tmp_path, CAREFUL)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "● Searching careful** — Trial 7" in opened("range").info[0].value


def test_a_search_that_has_just_begun_says_what_it_does_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_ranges.searching(tmp_path, CAREFUL, trials=0)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "Trial 1\\: calibrate at" in opened("range").info[0].value


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("broken", "damaged"),
        ("newer", "pip install --upgrade surgeline"),
        ("../../etc", "no range is called"),
    ],
)
def test_a_range_that_can_t_be_read_has_a_page_that_helps(
    ranges_root: Path, searched: dict[str, Path], name: str, says: str
) -> None:
    app = opened("range", ranges=searched[name].name if name in searched else name)
    assert "This range can't be shown" in app.error[0].value
    assert says in rendered_text(app)


def test_text_from_a_range_stays_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, searched: dict[str, Path]
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    folder = shutil.copytree(searched["careful"], tmp_path / searched["careful"].name)
    hostile = "![x](http://evil.test/x.png) <b>bold</b>"
    _changed(folder, answer=hostile, trigger=hostile, command=hostile)
    app = opened("range")
    shown = r"\!\[x\]\(http\:{joiner}//evil\.test/x\.png\) \<b\>bold\</b\>"
    assert shown.replace("{joiner}", "\u2060") in rendered_text(app)
    assert all(r"\<b\>" in m.value for m in app.markdown if "evil" in m.value)


@pytest.mark.parametrize("change", [{"id": "../elsewhere"}, {"trials": [{"run": "../../elsewhere"}]}])
def test_a_range_can_t_lead_out_of_the_runs_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, searched: dict[str, Path], change: dict[str, Any]
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    folder = shutil.copytree(searched["careful"], tmp_path / searched["careful"].name)
    found = json.loads((folder / "range.json").read_text())
    if "trials" in change:
        change = {"trials": [{**trial, **change["trials"][0]} for trial in found["trials"]]}
    _changed(folder, **change)
    assert "This range can't be shown" in opened("range", ranges=folder.name).error[0].value


def _changed(folder: Path, **change: Any) -> None:
    found = json.loads((folder / "range.json").read_text())
    (folder / "range.json").write_text(json.dumps({**found, **change}))
