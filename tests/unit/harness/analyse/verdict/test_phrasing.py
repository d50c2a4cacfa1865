"""Measured values in words."""

import pytest

from harness.analyse.verdict.phrasing import duration_text, interval_text, measurement_text
from harness.model.verdict import Measurement


def test_bounds_share_a_unit_where_they_can():
    assert interval_text(0.389, 0.455, "s") == "389–455 ms"
    assert interval_text(0.8, 1.2, "s") == "800 ms–1.20 s"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.389, 0.455, "412 ms (389–455 ms, n = 5,210)"),
        (0.389, None, "412 ms (389 ms or more, n = 5,210)"),
        (None, 0.455, "412 ms (455 ms or less, n = 5,210)"),
        (None, None, "412 ms (no bounds, n = 5,210)"),
    ],
)
def test_a_measurement_is_shown_with_its_interval_and_n(low, high, words):
    assert measurement_text(Measurement(name="x", value=0.412, unit="s", n=5210, low=low, high=high)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (84, "84 s"), (700, "12 min"), (7200, "120 min"), (7201, "over 2 hours")],
)
def test_waits_are_shown_in_rounded_units(seconds, words):
    assert duration_text(seconds) == words
