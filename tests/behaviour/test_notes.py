"""Notes on the page of a run: written, shown, taken back, and left alone by who may only look."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.record.notes import RunNote, add_note, notes
from tests.behaviour.visits import opened, rendered_text
from tests.unit.dashboard import made_runs


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_loopback: None) -> Path:
    """A short run."""
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    return made_runs.complete(tmp_path, made_runs.CAREFUL, made_runs.scenario("short", duration_s=5.0))


def test_a_note_that_is_written_on_the_page_is_beside_the_run(run: Path) -> None:
    app = opened("run", run=run.name)
    app.number_input(key="note-second").set_value(3.0)
    app.text_input(key="note-text").set_value("the pool was full")
    next(button for button in app.button if button.label == "Add").click().run()
    assert notes(run) == (RunNote(at_s=3.0, text="the pool was full"),)
    assert "**3 s** the pool was full" in rendered_text(app)
    next(button for button in app.button if button.label == "Remove").click().run()
    assert notes(run) == ()


def test_a_note_begins_with_the_first_of_the_shown_seconds(run: Path) -> None:
    app = opened("run", run=run.name, **{"from": "2", "to": "4"})
    assert app.number_input(key="note-second").value == 2.0


def test_a_note_without_text_is_refused_in_one_line(run: Path) -> None:
    app = opened("run", run=run.name)
    next(button for button in app.button if button.label == "Add").click().run()
    assert "must be one line of 1 to 120 characters" in app.error[-1].value.replace("\\", "")


def test_a_read_only_page_shows_notes_and_takes_none(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    assert "Note" not in [field.label for field in opened("run", run=run.name).text_input]
    add_note(run, 3.0, "[seen](http://evil.test)")
    app = opened("run", run=run.name)
    assert "\\[seen\\]" in rendered_text(app)
    assert [button.label for button in app.button if button.label in ("Add", "Remove")] == []
