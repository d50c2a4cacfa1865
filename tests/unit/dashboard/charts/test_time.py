"""Axes cover their values in whole steps."""

from __future__ import annotations

import pytest

from dashboard.charts.time import ceiling, log_duration


def test_a_log_axis_covers_its_values_from_tick_to_tick() -> None:
    spec = log_duration([0.012, 2.4]).to_dict()
    assert spec["scale"]["domain"] == [0.01, 3.0]


def test_a_log_axis_without_values_is_still_an_axis() -> None:
    assert log_duration([]).to_dict()["scale"]["domain"] == [0.001, 1.0]


def test_an_axis_moves_in_steps() -> None:
    assert ceiling([0.03], (0.02, 0.05)) == 0.05
    assert ceiling([70.0], (1.5, 50.0)) == pytest.approx(77.0)
