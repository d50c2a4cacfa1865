"""The pitfalls: each has its file, and those that a busy machine does not change show what is expected."""

from __future__ import annotations

import pytest

from harness.pitfalls.check import play_cases, shipped_pitfalls

KNOWN = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 20, 21, 22}
QUICK = (4, 5, 11)
SECONDS = (2, 6, 7, 9, 12, 16, 20)
"""Those whose numbers do not depend on how busy the machine is; the quick ones take a second or two."""


def test_every_known_pitfall_has_its_file() -> None:
    assert {pitfall.number for _, pitfall in shipped_pitfalls()} == KNOWN


@pytest.mark.parametrize(
    "number", [*QUICK, *(pytest.param(number, marks=pytest.mark.acceptance) for number in SECONDS)]
)
def test_a_pitfall_shows_what_is_expected(number: int) -> None:
    ((path, pitfall),) = shipped_pitfalls([number])
    for result in play_cases(path, pitfall):
        assert result.holds, f"{result.case.name}: expected {result.expected}, seen {result.shown}"
