"""The order of a rehearsal's repetitions."""

from __future__ import annotations

from harness.model.rehearsal import ranked
from tests.unit.harness.incidents.repetitions import repetition


def test_fewer_calls_lost_come_first_and_then_the_sooner_recovery() -> None:
    found = ranked(
        [
            repetition(30, back=False, lost=9203, run="none"),
            repetition(30, back=False, lost=3600, run="partial help"),
            repetition(4, back=True, lost=4000, run="dear"),
            repetition(9, back=True, lost=50, run="slow"),
            repetition(4, back=True, lost=50, run="soon"),
        ]
    )
    assert [r.run for r in found] == ["soon", "slow", "partial help", "dear", "none"]
