"""The state of an incident in one word: never recovered while calls fail."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from dashboard.data.incident import KINDS, end_state_of, state_of
from harness.analyse.recovery_clock import RecoveryClock
from harness.model.rehearsal import Repetition
from harness.model.verdict import Measurement

WELL = RecoveryClock("waiting", 7.0, 2.0, 1.0, 0.05, 0.25, good_per_s=248.0, due_per_s=250.0)


@pytest.mark.parametrize(
    ("clock", "state", "reason"),
    [
        (replace(WELL, phase="before"), "BEFORE THE FAULT", "the fault begins in 7 s; goodput 248 of 250/s"),
        (
            replace(WELL, phase="trigger"),
            "FAULT ACTIVE",
            "all requirements are met so far; goodput 248 of 250/s",
        ),
        (WELL, "RECOVERING", "all requirements met for 2 of 5 s; goodput 248 of 250/s"),
        (
            replace(WELL, phase="back", held_s=9.0),
            "RECOVERED",
            "7 s after the fault; all requirements met for 9 s",
        ),
        (replace(WELL, good_ratio=0.0, good_per_s=0.0), "OUTAGE", "goodput 0 of 250/s"),
        (replace(WELL, phase="before", good_ratio=0.5, good_per_s=125.0), "OUTAGE", "goodput 125 of 250/s"),
        (
            replace(WELL, phase="trigger", p99_s=12.0),
            "OUTAGE",
            "p99 12.0 s, limit 250 ms; goodput 248 of 250/s",
        ),
        (replace(WELL, p99_s=inf), "OUTAGE", "p99 not reached, limit 250 ms; goodput 248 of 250/s"),
        (replace(WELL, p99_s=None), "OUTAGE", "p99 is unknown, because no call ended"),
        (replace(WELL, good_ratio=None), "OUTAGE", "no call was due and none ended"),
    ],
)
def test_a_live_incident_has_one_state_and_its_reason(clock: RecoveryClock, state: str, reason: str) -> None:
    assert state_of(clock, known=True) == (state, reason)


def test_what_is_not_known_is_not_recovered() -> None:
    assert state_of(replace(WELL, phase="back"), known=False)[0] == "UNKNOWN"


@pytest.mark.parametrize(
    ("high", "phase", "state"),
    [(8.0, "back", "RECOVERED"), (None, "back", "NOT RECOVERED"), (8.0, "waiting", "NOT RECOVERED")],
)
def test_at_the_end_both_the_record_and_the_clock_have_to_say_recovered(
    high: float | None, phase: str, state: str
) -> None:
    recovery = Measurement(name="recovery", value=6.0, unit="s", n=500, low=5.0, high=high)
    count = Measurement(name="lost", value=9, unit="count", n=9, low=9, high=9)
    one = Repetition(
        levers=(),
        run="r",
        pulled_s=None,
        reverted_s=None,
        recovery=recovery,
        lost=count,
        peak_amplification=count,
    )
    found, reason = end_state_of(one, replace(WELL, phase=phase))  # type: ignore[arg-type]
    assert found == state
    assert "By the recovery clock" in reason


def test_every_state_has_a_look() -> None:
    assert set(KINDS.values()) == {"open", "between", "bad", "good"}
