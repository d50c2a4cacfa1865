"""Every policy and scenario of a folder, and what has to be done about each."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from harness.inputs.file_reviews import files_of, review_of
from harness.inputs.shipped_files import copy_shipped
from tests.conftest import Program

TODAY = date(2027, 3, 1)
OWNED = 'name = "mine"\nreview_by = 2027-03-31\n\n[owner]\nteam = "orders"\n'
FLAG = '\n[[flag]]\nkey = "breaker"\nuntil = 2026-01-31\n\n[breaker]\n'


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder like ./scenarios with one policy in order, and one with a stale flag."""
    (tmp_path / "scenarios" / "policies").mkdir(parents=True)
    (tmp_path / "scenarios" / "policies" / "mine.toml").write_text(OWNED)
    (tmp_path / "scenarios" / "policies" / "stale.toml").write_text(OWNED + FLAG)
    return tmp_path / "scenarios"


def test_only_the_file_with_a_stale_flag_is_found(scenarios: Path) -> None:
    found = [each for file, written in files_of(scenarios) for each in review_of(file, written, TODAY)]
    assert [(Path(each.file).name, each.kind) for each in found] == [("stale.toml", "flag")]


def test_every_shipped_policy_and_scenario_is_read(tmp_path: Path) -> None:
    copied = copy_shipped(tmp_path)
    names = {Path(file).name for file, _ in files_of(tmp_path / "scenarios")}
    assert {"careful.toml", "baseline.toml"} <= names <= {path.name for path in copied}


def test_the_command_lists_them_and_exits_with_1(command: Program, scenarios: Path) -> None:
    done = command("check", "--all", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["files"]) == (1, 2)
    assert [each["kind"] for each in found["findings"]][-1] == "flag"


def test_the_command_exits_with_0_when_all_is_in_order(command: Program, scenarios: Path) -> None:
    text = (scenarios / "policies" / "mine.toml").read_text().replace("2027-03-31", "2999-01-01")
    (scenarios / "policies" / "mine.toml").write_text(text)
    (scenarios / "policies" / "stale.toml").unlink()
    done = command("check", "--all")
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "Policies and scenarios: 1. In need of a review: 0.",
    )


@pytest.mark.parametrize(
    "arguments", [("check",), ("check", "baseline", "--all"), ("check", "baseline", "--json")]
)
def test_other_combinations_are_one_line(command: Program, arguments: tuple[str, ...]) -> None:
    done = command(*arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
