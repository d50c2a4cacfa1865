"""What `surgeline doctor` makes of its readings."""

from __future__ import annotations

import numpy as np
import pytest

from harness.lab.doctor import mean_of


def test_the_interval_of_eight_readings_covers_their_mean_19_times_in_20() -> None:
    readings = np.random.default_rng(9).normal(100.0, 5.0, (4000, 8))
    found = [mean_of("upstream ceiling", row.tolist(), "1/s") for row in readings]
    covered = np.mean([m.low is not None and m.high is not None and m.low <= 100.0 <= m.high for m in found])
    assert covered == pytest.approx(0.95, abs=0.0089)  # 99% of 4,000 repetitions


def test_one_reading_has_no_interval() -> None:
    found = mean_of("driver CPU per call", [0.0004], "s")
    assert (found.low, found.high, found.n) == (None, None, 1)
