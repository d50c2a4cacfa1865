"""Tags on the command line: given, shown, taken off, and searched for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.model.errors import ConfigError
from surgeline.cli import app
from tests.unit.dashboard.made_runs import CAREFUL, TEXTBOOK, complete, scenario


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two short runs."""
    for policy in (CAREFUL, TEXTBOOK):
        complete(tmp_path, policy, scenario("short", duration_s=5.0))
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    return tmp_path


def _says(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def test_a_tag_is_given_and_taken_off(root: Path) -> None:
    assert "canary, nightly" in _says("tag", "careful", "add", "nightly", "canary")
    assert "nightly" not in _says("tag", "careful", "remove", "nightly")
    assert "canary" in _says("tag", "careful")


def test_the_list_has_the_runs_with_every_tag(root: Path) -> None:
    _says("tag", "careful", "add", "nightly", "canary")
    _says("tag", "textbook", "add", "nightly")
    assert len(json.loads(_says("list", "--tag", "nightly", "--json"))) == 2
    only = json.loads(_says("list", "--tag", "nightly", "--tag", "canary", "--json"))
    assert [(run["policy"], run["tags"]) for run in only] == [("careful", ["canary", "nightly"])]


def test_a_tag_without_runs_gives_the_command_that_adds_it(root: Path) -> None:
    assert "surgeline tag RUN add absent" in _says("list", "--tag", "absent")


@pytest.mark.parametrize(("words", "problem"), [(["push", "x"], "add or remove"), (["add"], "needs a tag")])
def test_a_tag_without_an_action_is_bad_input(root: Path, words: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        _says("tag", "careful", *words)
