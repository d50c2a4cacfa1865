"""Numbers for display."""

from __future__ import annotations

import pytest

from harness.model.formatting import format_measured
from harness.model.verdict import Measurement


def test_a_recovery_that_did_not_occur_is_not_given_as_a_time() -> None:
    never = Measurement(name="recovery", value=33.0, unit="s", n=8250, low=33.0, high=None)
    assert format_measured(never) == "> 33.0 s, not reached"
    assert format_measured(never.model_copy(update={"value": 6.5, "high": 8.0})) == "6.50 s"


@pytest.mark.parametrize(("unit", "text"), [("s", "–"), ("ratio", "–"), ("1/s", "0.00/s"), ("count", "0")])
def test_of_no_calls_there_is_no_duration_and_no_ratio(unit: str, text: str) -> None:
    none = Measurement.model_validate(
        {"name": "x", "value": 0.0, "unit": unit, "n": 0, "low": None, "high": None}
    )
    assert format_measured(none) == text
