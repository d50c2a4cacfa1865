"""The phases of a run, from its fault plan, warm-up and end."""

from __future__ import annotations

import pytest

from harness.analyse.measure.run_phases import run_phases
from mock_upstream.profile import TimelineFault


def _fault(at_s: float, for_s: float | None) -> TimelineFault:
    return TimelineFault.model_validate({"at_s": at_s, "for_s": for_s, "fault": {"kind": "pause"}})


@pytest.mark.parametrize(
    ("faults", "end_s", "phases"),
    [
        pytest.param(
            [(8, 4)],
            33.0,
            "warm-up 0-3, before 3-8, fault 8-12, recovery 12-30, drain 30-33",
            id="one fault",
        ),
        pytest.param(
            [(8, 2), (14, 4)],
            30.0,
            "warm-up 0-3, before 3-8, fault 8-18, recovery 18-30",
            id="two faults, no drain",
        ),
        pytest.param([], 33.0, "warm-up 0-3, load 3-30, drain 30-33", id="no fault"),
        pytest.param(
            [(8, None)], 33.0, "warm-up 0-3, before 3-8, fault 8-30, drain 30-33", id="a fault without an end"
        ),
        pytest.param([(0, None)], 33.0, "fault 0-30, drain 30-33", id="a fault from the start to the end"),
        pytest.param(
            [(2, 4)], 30.0, "warm-up 0-2, fault 2-6, recovery 6-30", id="a fault within the warm-up"
        ),
        pytest.param([(8, 40)], 33.0, "warm-up 0-3, before 3-8, fault 8-30, drain 30-33", id="outlasts the load"),
        pytest.param([(8, 4)], 10.0, "warm-up 0-3, before 3-8, fault 8-10", id="interrupted during the fault"),
        pytest.param([(40, 4)], 33.0, "warm-up 0-3, load 3-30, drain 30-33", id="a fault after the last arrival"),
        pytest.param([(8, 4)], 0.0, "", id="nothing was recorded"),
    ],
)  # fmt: skip
def test_phases_follow_each_other_without_a_gap(
    faults: list[tuple[float, float | None]], end_s: float, phases: str
) -> None:
    found = run_phases(3.0, [_fault(*fault) for fault in faults], 30.0, end_s)
    assert ", ".join(f"{one.name} {one.from_s:g}-{one.until_s:g}" for one in found) == phases
