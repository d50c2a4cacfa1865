"""The headroom of one resource as text."""

from __future__ import annotations

import pytest

from harness.analyse.range.headroom_text import amount_text, at_peak_text, available_text
from harness.model.range import AtPeak, Headroom


def item(unit="count", available=200.0, **peak):
    at_peak = AtPeak(basis="trials", n=9, **peak) if peak else None
    return Headroom(resource="r", unit=unit, used=7.0, available=available, at_peak=at_peak, n=60)


@pytest.mark.parametrize(
    ("peak", "text"),
    [
        ({}, "–"),
        ({"value": None, "low": None, "high": None}, "unbounded"),
        ({"value": 83.0, "low": 54.0, "high": 134.0}, "83 (54 – 134)"),
        ({"value": 83.0, "low": 41.0, "high": None}, "at least 41"),
        ({"value": 83.0, "low": None, "high": 90.0}, "at least 83"),
    ],
)
def test_the_use_at_the_peak(peak, text):
    assert at_peak_text(item(**peak)) == text


def test_memory_is_in_mebibytes():
    assert amount_text(item("bytes"), 3.5 * 2**20) == "4 MiB"
    assert available_text(item("bytes", 2048.0 * 2**20)) == "2,048 MiB"


def test_a_resource_without_a_bound_has_no_limit():
    assert available_text(item(available=None)) == "no limit"
