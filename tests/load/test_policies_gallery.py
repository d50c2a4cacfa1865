"""The gallery: every known trap has its file, and the quick ones show what is expected."""

from __future__ import annotations

import pytest

from harness.gallery import sights, traps

KNOWN = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 20}
QUICK = (2, 4, 5, 6, 7, 9, 11, 12, 16, 20)
"""Those that take seconds, and whose numbers do not depend on how busy the machine is."""


def test_every_known_trap_has_its_file() -> None:
    assert {trap.trap for _, trap in traps()} == KNOWN


@pytest.mark.parametrize("number", QUICK)
def test_a_quick_trap_shows_what_is_expected(number: int) -> None:
    ((path, trap),) = traps([number])
    for sight in sights(path, trap):
        assert sight.holds, f"{sight.case.name}: expected {sight.expected}, seen {sight.shown}"
