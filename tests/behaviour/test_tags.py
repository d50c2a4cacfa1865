"""Tags on the pages of runs: shown, given, filtered by, and left alone by who may only look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.record.tags import change_tags, tags
from tests.behaviour.visits import component_data, listed_policies, opened, rendered_text
from tests.unit.dashboard import made_runs


@pytest.fixture
def tagged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Two short runs, one of them tagged."""
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    of = made_runs.scenario("short", duration_s=5.0)
    made = {p.name: made_runs.complete(tmp_path, p, of) for p in (made_runs.CAREFUL, made_runs.TEXTBOOK)}
    change_tags(made["careful"], ["nightly"])
    return made


def test_tags_are_in_the_list(tagged: dict[str, Path]) -> None:
    html = component_data(opened("runs"), "surgeline_work_list")["html"]
    assert re.findall(r"<mark>(.*?)</mark>", html) == ["nightly"]


def test_a_tag_in_the_address_filters_the_list(tagged: dict[str, Path]) -> None:
    assert listed_policies(opened("runs", tag="nightly")) == ["careful"]


def test_the_filter_finds_a_tag_by_its_word(tagged: dict[str, Path]) -> None:
    assert listed_policies(opened("runs", q="nightly")) == ["careful"]


def test_an_unknown_tag_in_the_address_lists_nothing_and_can_be_taken_off(tagged: dict[str, Path]) -> None:
    app = opened("runs", tag="mightly")
    assert "No run has the tag 'mightly'\\." in rendered_text(app)
    assert "None of the 2 runs" in rendered_text(app)
    app.button_group(key="runs-tag").set_value([]).run()
    assert listed_policies(app) == ["textbook", "careful"]
    assert not app.query_params


def test_a_tag_that_is_too_long_is_refused_in_one_line_and_blocks_no_other(
    tagged: dict[str, Path], on_loopback: None
) -> None:
    app = opened("run", run=tagged["careful"].name)
    field = app.multiselect[0]
    field.options += ["x" * 300, "canary"]
    field.set_value(["nightly", "x" * 300, "canary"]).run()
    assert tags(tagged["careful"]) == ("canary", "nightly")
    (line,) = app.error
    assert "at most 40 of them" in line.value
    assert len(line.value) < 200
    assert app.multiselect[0].value == ["canary", "nightly"]
    app.run()
    assert not app.error


def test_tags_are_changed_on_the_runs_own_page(tagged: dict[str, Path], on_loopback: None) -> None:
    app = opened("run", run=tagged["careful"].name)
    app.multiselect[0].set_value([]).run()
    assert tags(tagged["careful"]) == ()
    app = opened("run", run=tagged["textbook"].name)
    app.multiselect[0].options.append("slow-week")
    app.multiselect[0].set_value(["slow-week"]).run()
    assert tags(tagged["textbook"]) == ("slow-week",)


def test_who_may_only_look_sees_tags_and_changes_none(
    tagged: dict[str, Path], on_loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    app = opened("run", run=tagged["careful"].name)
    assert "Tags\\: nightly" in rendered_text(app)
    assert not app.multiselect
