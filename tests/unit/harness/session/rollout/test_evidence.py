"""Evidence about a proportion that may be looked at at any moment."""

from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln
from scipy.stats import beta

from harness.session.rollout.evidence import above, below

COUNTS = st.floats(0, 5000)


@given(hits=COUNTS, misses=COUNTS, boundary=st.floats(0.001, 0.999))
def test_it_is_the_mixture_of_likelihoods_over_the_one_at_the_boundary(
    hits: float, misses: float, boundary: float
) -> None:
    tail = beta.logsf(boundary, hits + 1, misses + 1)
    if tail < -700 or tail > -1e-13:  # SciPy's own tail is at its limits here: it has few digits, or none.
        return
    whole = betaln(hits + 1, misses + 1) + tail
    wanted = whole - np.log1p(-boundary) - hits * log(boundary) - misses * np.log1p(-boundary)
    assert above(hits, misses, boundary) == pytest.approx(wanted, rel=1e-7, abs=1e-7)


def test_nothing_seen_is_no_evidence() -> None:
    assert above(0, 0, 0.3) == pytest.approx(0.0)
    assert below(0, 0, 0.3) == pytest.approx(0.0)


def test_more_hits_than_the_boundary_speak_for_above_and_against_below() -> None:
    assert above(80, 20, 0.5) > log(1000)
    assert below(80, 20, 0.5) < 0


def test_a_tail_that_is_too_small_for_a_float_has_a_logarithm() -> None:
    assert -inf < above(1, 100_000, 0.5) < 0


def test_it_reaches_1_over_alpha_in_at_most_alpha_of_the_runs_however_often_one_looks() -> None:
    rng = np.random.default_rng(5)
    reached = 0
    for _ in range(200):
        hits = np.cumsum(rng.random(300) < 0.3)
        reached += any(above(hit, n + 1 - hit, 0.3) >= log(20) for n, hit in enumerate(hits))
    assert reached / 200 <= 0.05


def test_a_proportion_above_the_boundary_is_found() -> None:
    rng = np.random.default_rng(6)
    hits = np.cumsum(rng.random(400) < 0.5)
    assert any(above(hit, n + 1 - hit, 0.3) >= log(20) for n, hit in enumerate(hits))
