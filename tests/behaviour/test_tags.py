"""Tags on the pages of runs: shown, given, filtered by, and left alone by who may only look."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.record.tags import change_tags, tags
from tests.behaviour.visits import opened, rendered_text
from tests.unit.dashboard import made_runs


@pytest.fixture
def tagged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Two short runs, one of them tagged."""
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    of = made_runs.scenario("short", duration_s=5.0)
    made = {p.name: made_runs.complete(tmp_path, p, of) for p in (made_runs.CAREFUL, made_runs.TEXTBOOK)}
    change_tags(made["careful"], ["nightly"])
    return made


def test_tags_are_a_column_of_the_table(tagged: dict[str, Path]) -> None:
    table = opened("runs").dataframe[0].value
    assert dict(zip(table["Policy"], map(list, table["Tags"]), strict=True)) == {
        "careful": ["nightly"],
        "textbook": [],
    }


def test_a_tag_in_the_address_filters_the_table(tagged: dict[str, Path]) -> None:
    assert opened("runs", tag="nightly").dataframe[0].value["Policy"].tolist() == ["careful"]


def test_the_filter_finds_a_tag_by_its_word(tagged: dict[str, Path]) -> None:
    assert opened("runs", q="nightly").dataframe[0].value["Policy"].tolist() == ["careful"]


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
