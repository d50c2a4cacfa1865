"""One of several names is found by itself, by a part of it, or as the latest."""

from __future__ import annotations

import pytest

from harness.model.name_match import NoMatch, match_name

RUNS = ("20260103-slow-careful", "20260102-slow", "20260101-slow-careful")


def _match(name: str) -> str:
    return match_name(name, RUNS, "run", "`surgeline list` shows the runs")


@pytest.mark.parametrize(
    ("name", "found"), [("20260102-slow", RUNS[1]), ("0101", RUNS[2]), ("latest", RUNS[0])]
)
def test_a_name_that_matches_one_finds_it(name: str, found: str) -> None:
    assert _match(name) == found


def test_an_exact_name_is_found_even_when_longer_ones_contain_it() -> None:
    assert match_name("a", ("ab", "a"), "run", "") == "a"


def test_a_name_with_several_matches_requires_a_longer_part() -> None:
    with pytest.raises(
        NoMatch, match=r"^3 runs match 'slow', among them 20260103.*; use a longer part of the name$"
    ):
        _match("slow")


@pytest.mark.parametrize(("name", "known"), [("zzz", RUNS), ("latest", ())])
def test_a_name_without_a_match_gives_the_command_that_lists_names(name: str, known: tuple[str, ...]) -> None:
    with pytest.raises(NoMatch, match=f"^no run matches '{name}'; look there$"):
        match_name(name, known, "run", "look there")
