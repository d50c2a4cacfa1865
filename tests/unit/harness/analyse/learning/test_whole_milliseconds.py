"""A percentile of times in whole milliseconds is known more finely than a millisecond."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.whole_milliseconds import resolution_s, spread_evenly


def test_the_median_of_rounded_times_is_that_of_the_times() -> None:
    rng = np.random.default_rng(1)
    times_s = rng.exponential(0.05, 20_000)
    began_s = rng.uniform(0, 1, len(times_s))
    rounded_s = (np.floor((began_s + times_s) * 1e3) - np.floor(began_s * 1e3)) / 1e3

    assert np.median(rounded_s) in {0.034, 0.035}
    assert np.median(spread_evenly(rounded_s, 0.001)) == pytest.approx(np.median(times_s), rel=0.003)


def test_each_time_stays_within_its_millisecond_and_in_its_place() -> None:
    times_s = np.array([0.003, 0.001, 0.003, 0.003, 0.001])

    assert spread_evenly(times_s, 0.001) == pytest.approx(
        [0.003 - 0.001 / 3, 0.00075, 0.003, 0.003 + 0.001 / 3, 0.00125]
    )


def test_the_resolution_is_that_of_all_times() -> None:
    assert resolution_s(np.array([0.003, 0.0171]) - 0.0001 * np.array([0, 1])) == 0.001
    assert resolution_s(np.array([0.003, 0.0171])) == 0.0


def test_of_a_finer_source_all_times_stay_as_they_are() -> None:
    times_s = np.array([0.003, 0.0012, 0.003])

    assert spread_evenly(times_s, 0.0).tolist() == times_s.tolist()
