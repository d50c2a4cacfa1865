"""The twin's percentiles are those of everywhere else."""

from __future__ import annotations

from random import Random

import numpy as np

from harness.model import quantile as model
from harness.twin.compiled import entry
from harness.twin.guards import quantile as twin


@entry
def ranks(numbers, share, found):
    for place, n in enumerate(numbers):
        found[place] = twin.rank(n, share)


@entry
def quantile_of(values, share):
    return twin.quantile(values, share)


def test_every_share_has_the_same_rank_in_every_number_of_values():
    numbers, draw = np.arange(1, 1001), Random(2)
    for share in [0.5, 0.55, 0.9, 0.95, 0.99, 0.999, *(draw.random() for _ in range(50))]:
        found = np.zeros(len(numbers), int)
        ranks(numbers, share, found)
        assert found.tolist() == [model.rank(n, share) for n in numbers.tolist()], share


def test_ten_thousand_samples_have_the_same_percentile():
    draw, rng = Random(4), np.random.default_rng(4)
    for _ in range(10_000):
        values = rng.exponential(0.1, draw.randint(1, 40)).round(draw.choice([1, 2, 9]))
        share, expected = draw.random(), values.tolist()
        assert quantile_of(values, share) == model.quantile(expected, share)
        assert sorted(values.tolist()) == sorted(expected)
