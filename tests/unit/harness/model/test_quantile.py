import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.quantile import quantile, rank

SHARES = st.sampled_from([0.0, 0.05, 0.5, 0.55, 0.9, 0.95, 0.99, 0.999, 1.0])


@given(n=st.integers(1, 10**7), share=SHARES)
def test_the_rank_is_the_exact_ceiling_of_the_share_of_all_values(n: int, share: float) -> None:
    exact = math.ceil(Fraction(str(share)) * n) - 1

    assert rank(n, share) == max(0, exact)


@given(values=st.lists(st.integers(0, 50), min_size=1, max_size=200), share=SHARES)
def test_the_quantile_is_the_smallest_value_that_the_share_does_not_exceed(
    values: list[int], share: float
) -> None:
    found = quantile(values, share)

    wanted = Fraction(str(share)) * len(values)
    assert sum(value <= found for value in values) >= wanted
    assert sum(value < found for value in values) < wanted or found == min(values)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.75, 3.0), (0.76, 4.0), (1.0, 4.0)])
def test_a_quantile_is_always_one_of_the_values(share: float, expected: float) -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], share) == expected
