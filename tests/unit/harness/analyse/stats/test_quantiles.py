import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.analyse.stats.quantiles import quantile_of, ranks
from harness.model.quantile import quantile, rank

SHARES = st.floats(0, 1)


@given(counts=st.lists(st.integers(1, 10**6), min_size=1, max_size=20), share=SHARES)
def test_ranks_of_many_counts_are_the_rank_of_each(counts: list[int], share: float) -> None:
    assert ranks(np.array(counts), share).tolist() == [rank(n, share) for n in counts]


@given(n=st.integers(1, 10**6), shares=st.lists(SHARES, min_size=1, max_size=20))
def test_ranks_of_many_shares_are_the_rank_of_each(n: int, shares: list[float]) -> None:
    assert ranks(n, np.array(shares)).tolist() == [rank(n, share) for share in shares]


def test_the_rank_of_an_empty_bin_is_0() -> None:
    assert ranks(np.array([0, 4]), 0.5).tolist() == [0, 1]


@given(values=st.lists(st.floats(0, 10), min_size=1, max_size=50), share=SHARES)
def test_an_array_and_a_list_have_the_same_quantile(values: list[float], share: float) -> None:
    assert quantile_of(np.sort(np.array(values)), share) == quantile(values, share)
