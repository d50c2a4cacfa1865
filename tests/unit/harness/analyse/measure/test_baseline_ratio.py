"""A measurement against the same one of a baseline."""

from __future__ import annotations

from math import exp, hypot, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analyse.measure.baseline_ratio import ratio_to_baseline
from harness.model.verdict import Measurement


def measured(value, low=None, high=None, n=100):
    return Measurement(name="latency.p99", value=value, unit="s", n=n, low=low, high=high)


def test_independent_errors_add_up_by_their_squares_on_a_logarithmic_scale():
    found = ratio_to_baseline(measured(0.3, 0.24, 0.36, 50), measured(0.2, 0.16, 0.26, 80))
    assert found.value == pytest.approx(1.5)
    assert found.low == pytest.approx(1.5 / exp(hypot(log(0.3 / 0.24), log(0.26 / 0.2))))
    assert found.high == pytest.approx(1.5 * exp(hypot(log(0.36 / 0.3), log(0.2 / 0.16))))
    assert (found.name, found.unit, found.n) == ("latency.p99", "ratio", 50)


bounds = st.floats(0.001, 10.0)


@given(*[st.tuples(bounds, st.floats(1.0, 3.0), st.floats(1.0, 3.0)) for _ in range(2)])
def test_the_ratio_turned_round_has_the_bounds_turned_round(now, before):
    a, b = (measured(value, value / down, value * up) for value, down, up in (now, before))
    there, back = ratio_to_baseline(a, b), ratio_to_baseline(b, a)
    assert there.value * back.value == pytest.approx(1.0)
    assert there.low * back.high == pytest.approx(1.0)
    assert there.low <= there.value <= there.high


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        (measured(0.3, None, 0.36), measured(0.2, 0.16, 0.26), False, True),
        (measured(0.3, 0.24, None), measured(0.2, 0.16, 0.26), True, False),
        (measured(0.3, 0.24, 0.36), measured(0.2, None, 0.26), True, False),
        (measured(0.3, 0.24, 0.36), measured(0.2, 0.16, None), False, True),
        (measured(0.3, 0.0, 0.36), measured(0.2, 0.16, 0.26), False, True),
    ],
)
def test_a_side_that_either_run_left_open_stays_open(now, before, low, high):
    found = ratio_to_baseline(now, before)
    assert (found.low is not None, found.high is not None) == (low, high)


def test_only_another_zero_compares_with_a_zero():
    same = ratio_to_baseline(measured(0.0, n=50), measured(0.0))
    assert (same.value, same.low, same.high, same.n) == (1.0, 1.0, 1.0, 50)
    for now, before in ((0.3, 0.0), (0.0, 0.3)):
        found = ratio_to_baseline(measured(now), measured(before))
        assert (found.value, found.low, found.high, found.n) == (0.0, None, None, 0)


def test_without_samples_nothing_is_compared():
    for now, before in ((0, 100), (100, 0)):
        found = ratio_to_baseline(measured(0.3, n=now), measured(0.2, n=before))
        assert (found.value, found.low, found.high, found.n) == (0.0, None, None, 0)


def test_a_baseline_that_is_not_reached_compares_with_nothing():
    found = ratio_to_baseline(measured(0.3, 0.24, 0.36), measured(None, 3.0))
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 0)


def test_a_value_that_is_not_reached_has_the_lower_bound_of_both():
    found = ratio_to_baseline(measured(None, 3.0), measured(0.2, 0.16, 0.25))
    assert (found.value, found.low, found.high, found.n) == (None, pytest.approx(12.0), None, 100)
    assert ratio_to_baseline(measured(None, 3.0), measured(0.2, 0.16, None)).low is None
    assert ratio_to_baseline(measured(None), measured(0.2, 0.16, 0.25)).low is None
