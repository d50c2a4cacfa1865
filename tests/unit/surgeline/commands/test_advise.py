"""The command writes its files, names every contradiction, and says when no policy would do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Program
from tests.unit.harness.inputs.test_answer_sheets import SHEET, UPSTREAM

FILES = ["advice.md", "answers.toml", "policy.toml", "scenario.toml", "upstream.toml"]


def test_files_are_written_that_check_accepts(command: Program, tmp_path: Path) -> None:
    done = command("advise", "payment-post", "--out", "found", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (tmp_path / "found").iterdir()) == FILES
    assert found["proof"].startswith("Advised, unproven")
    assert all(each["reason"] and each["source"] for each in found["settings"])
    checked = command("check", "found/scenario.toml", "--policy", "found/policy.toml")
    assert checked.returncode == 0, checked.stderr


def test_every_contradiction_is_a_line_and_nothing_is_written(command: Program, tmp_path: Path) -> None:
    text = SHEET.replace("idempotent = true", "idempotent = false\nburst_factor = 3").replace(
        'learned = "found"', "median_s = 0.2\np99_s = 0.1"
    )
    (tmp_path / "answers.toml").write_text(text)
    done = command("advise", "answers.toml", "--out", "found")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 3)
    assert all(line.startswith("answers.toml: ") for line in done.stderr.splitlines())
    assert not (tmp_path / "found").exists()


def test_where_no_policy_would_do_the_command_says_so_and_exits_with_1(command: Program) -> None:
    done = command("advise", "payment-without-key", "--out", "found")
    assert done.returncode == 1
    assert "No policy would do for payment-without-key" in done.stdout
    assert "may not be repeated" in done.stdout


def test_a_learned_folder_is_found_from_the_folder_of_the_advice(command: Program, tmp_path: Path) -> None:
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "upstream.toml").write_text(UPSTREAM)
    (tmp_path / "answers.toml").write_text(SHEET)
    first = command("advise", "answers.toml", "--out", "a/b", "--json")
    again = command("advise", "a/b/answers.toml", "--out", "a/b", "--json")
    assert json.loads(first.stdout)["digest"] == json.loads(again.stdout)["digest"]


@pytest.mark.parametrize("arguments", [(), ("nothing",), ("nothing.toml",)])
def test_missing_answers_are_one_line(command: Program, arguments: tuple[str, ...]) -> None:
    done = command("advise", *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_the_twin_predicts_the_advice_at_other_rates(command: Program, tmp_path: Path) -> None:
    found = json.loads(command("advise", "login-token", "--out", "found", "--json").stdout)["twin"]
    assert [found["predicted"], found["refused"], found["searched"]] == [True, "", []]
    states = {each["factor"]: each["state"] for each in found["states"]}
    assert (states[1.0], states[2.0]) == ("keeps", "breaks")
    cells = {(each["x"], each["y"]): each["state"] for each in found["grid"]["cells"]}
    assert cells[tuple(found["grid"]["advised"])] == "keeps"
    assert "## What the twin predicts" in (tmp_path / "found" / "advice.md").read_text()


def test_where_no_policy_would_do_the_twin_searches_and_agrees(command: Program) -> None:
    done = command("advise", "payment-without-key", "--out", "found")
    assert "A search agrees that no policy would do: of 4 policies in the twin" in done.stdout
    assert "Predicted, not measured" in done.stdout
    assert "Predicted over the rate and timeout.read_s" in done.stdout


def test_without_the_twin_nothing_is_predicted(command: Program) -> None:
    found = json.loads(command("advise", "login-token", "--out", "found", "--no-twin", "--json").stdout)
    assert found["twin"] is None


@pytest.mark.usefixtures("without_numba")
def test_without_numba_the_advice_is_whole_and_one_line_names_the_extra(command: Program) -> None:
    done = command("advise", "login-token", "--out", "found")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Advised, unproven" in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if "numba" in line)
    assert 'pip install "surgeline[twin]"' in line
