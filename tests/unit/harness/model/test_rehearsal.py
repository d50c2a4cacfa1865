"""The order of a rehearsal's repetitions."""

from __future__ import annotations

from harness.model.rehearsal import ranked
from tests.unit.harness.incidents.repetitions import repetition


def test_what_brings_it_back_soonest_and_cheapest_comes_first() -> None:
    found = ranked(
        [
            repetition(30, back=False, run="none"),
            repetition(9, back=True, run="slow"),
            repetition(4, back=True, lost=50, run="dear"),
            repetition(4, back=True, lost=5, run="cheap"),
        ]
    )
    assert [r.run for r in found] == ["cheap", "dear", "slow", "none"]
