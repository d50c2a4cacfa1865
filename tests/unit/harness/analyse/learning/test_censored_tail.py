"""A timeout hides how long a request would have taken; a percentile beyond it has no value, only a lower bound."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.censored_tail import percentile
from harness.analyse.stats.quantiles import quantile_of

TIMES_S = np.random.default_rng(5).exponential(0.05, 4000)
NONE = np.zeros(4000, dtype=bool)


def test_without_timeouts_it_is_the_percentile_of_all_times() -> None:
    found = percentile("response.p95", "p95", TIMES_S, NONE)

    assert found.value == quantile_of(np.sort(TIMES_S), 0.95)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


def test_a_percentile_below_the_timeout_is_not_changed_by_it() -> None:
    censored = TIMES_S > 0.2
    found = percentile("response.p95", "p95", np.minimum(TIMES_S, 0.2), censored)

    assert found.value == pytest.approx(quantile_of(np.sort(TIMES_S), 0.95))


def test_a_percentile_beyond_the_timeout_has_only_a_lower_bound() -> None:
    censored = TIMES_S > 0.1
    found = percentile("response.p95", "p95", np.minimum(TIMES_S, 0.1), censored)

    assert (found.value, found.high) == (None, None)
    assert found.low == pytest.approx(0.1, abs=0.001)


def test_timeouts_of_several_lengths_are_weighed() -> None:
    limits_s = np.where(np.arange(4000) % 2, 0.08, 1.0)
    found = percentile("response.p95", "p95", np.minimum(TIMES_S, limits_s), limits_s < TIMES_S)

    assert found.value == pytest.approx(quantile_of(np.sort(TIMES_S), 0.95), rel=0.08)


def test_when_every_request_timed_out_nothing_is_known() -> None:
    found = percentile("response.p50", "p50", np.full(100, 0.5), np.ones(100, dtype=bool))

    assert (found.value, found.low, found.high) == (None, 0.0, None)
