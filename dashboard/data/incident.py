"""The state of a rehearsed incident in one word, and its reason."""

from __future__ import annotations

from typing import Literal, cast

from dashboard.data.rehearsal_frames import by_the_clock, sentence
from harness.analyse.recovery_clock import HELD_S, RecoveryClock
from harness.model.formatting import format_value
from harness.model.rehearsal import Repetition

IncidentState = Literal[
    "BEFORE THE FAULT", "FAULT ACTIVE", "OUTAGE", "RECOVERING", "RECOVERED", "NOT RECOVERED", "UNKNOWN"
]

KINDS: dict[IncidentState, str] = {
    "BEFORE THE FAULT": "open", "FAULT ACTIVE": "between", "OUTAGE": "bad", "RECOVERING": "between",
    "RECOVERED": "good", "NOT RECOVERED": "bad", "UNKNOWN": "open",
}  # fmt: skip
"""How each state looks; its word says what it is."""


def state_of(clock: RecoveryClock, *, known: bool) -> tuple[IncidentState, str]:
    """The state of a live incident; it is unknown while no whole second of the run is `known`, or none any more.

    OUTAGE is whenever too few calls are good, or p99 is above its limit, also before and during the fault.
    """
    if not known:
        return "UNKNOWN", "no second of the run is known as a whole, or the last one ended some seconds ago"
    if clock.phase == "back":
        return (
            "RECOVERED",
            f"{clock.since_s:.0f} s after the fault; all requirements met for {clock.held_s:.0f} s",
        )
    if not (clock.enough_good and clock.p99_well):
        return "OUTAGE", _why(clock)
    state, reason = {
        "before": ("BEFORE THE FAULT", f"the fault begins in {clock.since_s:.0f} s"),
        "trigger": ("FAULT ACTIVE", "all requirements are met so far"),
        "waiting": ("RECOVERING", f"all requirements met for {clock.held_s:.0f} of {HELD_S:.0f} s"),
    }[clock.phase]
    return cast("IncidentState", state), f"{reason}; {_goodput(clock)}"


def end_state_of(repetition: Repetition, clock: RecoveryClock) -> tuple[IncidentState, str]:
    """The state at the end of a run: recovered by its record and by the clock, or not."""
    both = repetition.recovered and clock.phase == "back"
    return "RECOVERED" if both else "NOT RECOVERED", f"{sentence(repetition)} {by_the_clock(clock)}"


def _why(clock: RecoveryClock) -> str:
    if clock.good_ratio is None:
        return "no call was due and none ended"
    if not clock.enough_good:
        return _goodput(clock)
    if clock.p99_s is None:
        return "p99 is unknown, because no call ended"
    return f"p99 {format_value(clock.p99_s, 's')}, limit {format_value(clock.p99_limit_s, 's')}; {_goodput(clock)}"


def _goodput(clock: RecoveryClock) -> str:
    return f"goodput {clock.good_per_s:.0f} of {clock.due_per_s:.0f}/s"
