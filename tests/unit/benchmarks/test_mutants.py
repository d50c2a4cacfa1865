"""Which mutants are tried, which are known to be equivalent, and what the result is."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from benchmarks.mutant_results import Result
from benchmarks.mutants import EXPLAINED, all_mutants, explained, report, sample
from benchmarks.mutations import Mutant, mutants

LONG, SHORT = "long.py", "short.py"
POPULATION = [*mutants(LONG, "x = 1\n" * 300), *mutants(SHORT, "x = 1\n" * 100)]
LINES = {LONG: 300, SHORT: 100}


def _of(file: str, chosen: list[Mutant]) -> list[Mutant]:
    return [mutant for mutant in chosen if mutant.file == file]


def test_files_are_drawn_in_proportion_to_their_lines() -> None:
    chosen = sample(POPULATION, LINES, 80, 1)
    assert len(chosen) == len(set(chosen)) == 80
    assert 50 <= len(_of(LONG, chosen)) <= 70


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    assert sample(POPULATION, LINES, 80, 1) == sample(POPULATION, LINES, 80, 1)
    assert sample(POPULATION, LINES, 80, 1) != sample(POPULATION, LINES, 80, 2)


def test_a_small_population_is_drawn_whole() -> None:
    assert len(sample(POPULATION[:7], LINES, 80, 1)) == 7


def _entry(**changes: str) -> dict[str, Any]:
    entry = {
        "file": LONG,
        "function": "(module)",
        "original": "x = 1",
        "changed": "x = 2",
        "reason": "unused",
    }
    return {"equivalent": [entry | changes]}


def test_an_explanation_is_found_by_file_function_and_change() -> None:
    assert explained(_entry(), POPULATION) == {"long.py in (module): `x = 1` → `x = 2`": "unused"}


def test_every_explanation_names_a_mutant_of_the_present_code() -> None:
    table = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    assert len(explained(table, all_mutants())) == len(table["equivalent"])


@pytest.mark.parametrize(
    "changed", [{"file": "gone.py"}, {"function": "f"}, {"original": "x = 3"}, {"changed": "x = 5"}]
)
def test_an_explanation_of_no_mutant_is_an_error(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="remove or correct the entry"):
        explained(_entry(**changed), POPULATION)


def _results(*verdicts: Any) -> dict[Mutant, Result]:
    return {
        mutant: Result("", verdict, "", "", "") for mutant, verdict in zip(POPULATION, verdicts, strict=False)
    }


def test_nine_of_ten_are_enough_and_eight_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(_results(*["killed"] * 9, "survived"), {}) == 0
    assert report(_results(*["killed"] * 8, "survived", "not covered"), {}) == 1
    out = capsys.readouterr().out
    assert "9 of 10 mutants killed: 90.0% (59.6% – 98.2%" in out
    assert "survived: long.py:5 in (module): `x = 1` → `x = 2`" in out


def test_a_timeout_is_a_kill_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(_results("timeout"), {}) == 0
    assert "1 of 1 mutants killed" in capsys.readouterr().out


def test_an_equivalent_survivor_is_no_part_of_the_share(capsys: pytest.CaptureFixture[str]) -> None:
    known = explained(_entry(), POPULATION)
    assert report(_results("survived", *["killed"] * 9), {}) == 0
    assert report({POPULATION[0]: _results("survived")[POPULATION[0]]}, known) == 0
    assert "equivalent: long.py:1 in (module): `x = 1` → `x = 2` (unused)" in capsys.readouterr().out


def test_a_mutant_that_is_explained_and_killed_is_an_error() -> None:
    assert report(_results("killed"), explained(_entry(), POPULATION)) == 2
