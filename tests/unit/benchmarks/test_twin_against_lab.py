"""How a run is compared with its prediction."""

from __future__ import annotations

import pytest

from benchmarks.twin_against_lab import cells, is_near, is_within


@pytest.mark.parametrize(
    ("measured", "predicted", "near"),
    [
        ([1.09, 1.08, 1.10], [1.0, 0.9, 1.1], True),
        ([1.2, 0.9, 1.5], [1.0, 0.9, 1.1], True),
        ([1.2, 1.1, 1.5], [1.0, 0.9, 1.1], False),
        ([None, 5.0, None], [None, None, None], True),
        ([None, 5.0, None], [1.0, 0.9, 1.1], False),
        ([1.0, 0.9, 1.1], [None, None, None], False),
    ],
)
def test_a_percentile_is_near_within_a_tenth_or_by_its_interval(measured, predicted, near) -> None:
    assert is_near(measured, predicted) is near


@pytest.mark.parametrize(
    ("measured", "predicted", "within"),
    [
        ([1.0, 0.9, 1.1], [1.0, 0.9, 1.1], True),
        ([1.2, 0.9, 1.3], [1.0, 0.9, 1.1], False),
        ([1.2, 0.9, 1.3], [1.0, 0.9, None], True),
        ([None, 5.0, None], [None, None, None], True),
        ([None, 5.0, None], [1.0, 0.9, 1.1], False),
        ([4.0, 3.0, 5.0], [None, None, None], False),
    ],
)
def test_a_measurement_is_within_its_band(measured, predicted, within) -> None:
    assert is_within(measured, predicted) is within


def test_there_are_forty_six_cells_with_names_of_their_own() -> None:
    assert len({cell.name for cell in cells()}) == len(cells()) == 46
