"""When journeys arrive."""

import numpy as np
import pytest

from harness.drive.schedule import arrival_times
from harness.model.scenario import Arrivals


def test_the_same_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    phases = [Arrivals(rate_per_s=100.0, duration_s=5.0), Arrivals(rate_per_s=10.0, duration_s=5.0)]
    assert np.array_equal(arrival_times(phases, 7), arrival_times(phases, 7))
    assert not np.array_equal(arrival_times(phases, 7)[:100], arrival_times(phases, 8)[:100])


def test_changing_a_later_phase_leaves_the_earlier_one_as_it_was() -> None:
    first = Arrivals(rate_per_s=100.0, duration_s=5.0)
    short = arrival_times([first], 7)
    longer = arrival_times([first, Arrivals(rate_per_s=500.0, duration_s=5.0)], 7)
    assert np.array_equal(longer[: len(short)], short)


def test_poisson_gaps_have_the_mean_and_the_spread_of_an_exponential() -> None:
    gaps = np.diff(arrival_times([Arrivals(rate_per_s=1000.0, duration_s=60.0)], 1))
    assert gaps.mean() == pytest.approx(1e-3, rel=0.02)
    assert gaps.std() == pytest.approx(1e-3, rel=0.03)


def test_constant_spacing_is_exact_and_ends_before_the_phase_does() -> None:
    times = arrival_times([Arrivals(rate_per_s=50.0, duration_s=2.0, spacing="constant")], 1)
    assert len(times) == 100
    assert np.allclose(np.diff(times), 0.02)


@pytest.mark.parametrize("spacing", ["poisson", "constant"])
def test_arrivals_ascend_over_all_phases(spacing: str) -> None:
    phase = Arrivals(rate_per_s=200.0, duration_s=3.0, spacing=spacing)  # type: ignore[arg-type]
    times = arrival_times([phase, phase, phase], 3)
    assert (np.diff(times) >= 0).all()
    assert times[0] >= 0
    assert times[-1] < 9.0
