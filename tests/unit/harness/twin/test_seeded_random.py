"""The compiled random numbers are those of the upstream."""

from __future__ import annotations

import numpy as np
import pytest

from harness.twin.compiled import entry
from harness.twin.seeded_random import draw, prefix
from mock_upstream.faults.seeded_random import SeededRandom


@entry
def drawn(prefix, numbers, found):
    for row in range(len(numbers)):
        found[row] = draw(prefix, numbers[row, 0], numbers[row, 1], numbers[row, 2])


@pytest.mark.parametrize(
    ("seed", "rule"), [(0, "service_time"), (7, "timeline.12"), (2**63 - 1, "region.main.0")]
)
def test_draws_are_those_of_the_upstream_bit_for_bit(seed, rule, rng):
    numbers = np.column_stack([rng.integers(0, top, 500) for top in (5_000_000, 100, 12)])
    numbers[:3, 0] = 0, 9, 10
    found = np.zeros((500, 2))
    drawn(prefix(seed, rule), numbers, found)
    production = SeededRandom(seed, rule)
    expected = [production.draw(f"{arrival}.{step}", attempt) for arrival, step, attempt in numbers.tolist()]
    assert [tuple(row) for row in found.tolist()] == expected
