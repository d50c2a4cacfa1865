"""When journeys arrive."""

import numpy as np
import pytest

from harness.analyse.schedule import arrival_times, curve, share
from harness.model.arrivals import Closed, Constant, Phase, Ramp, Replay
from mock_upstream.config.toml import Frozen, build


class _Phases(Frozen):
    arrivals: tuple[Phase, ...]


def test_the_same_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    phases = [Constant(rate_per_s=100.0, duration_s=5.0), Constant(rate_per_s=10.0, duration_s=5.0)]
    assert np.array_equal(arrival_times(phases, 7), arrival_times(phases, 7))
    assert not np.array_equal(arrival_times(phases, 7)[:100], arrival_times(phases, 8)[:100])


def test_changing_a_later_phase_leaves_the_earlier_one_as_it_was() -> None:
    first = Constant(rate_per_s=100.0, duration_s=5.0)
    short = arrival_times([first], 7)
    longer = arrival_times([first, Constant(rate_per_s=500.0, duration_s=5.0)], 7)
    assert np.array_equal(longer[: len(short)], short)


def test_poisson_gaps_have_the_mean_and_the_spread_of_an_exponential() -> None:
    gaps = np.diff(arrival_times([Constant(rate_per_s=1000.0, duration_s=60.0)], 1))
    assert gaps.mean() == pytest.approx(1e-3, rel=0.02)
    assert gaps.std() == pytest.approx(1e-3, rel=0.03)


def test_constant_spacing_is_exact_and_ends_before_the_phase_does() -> None:
    times = arrival_times([Constant(rate_per_s=50.0, duration_s=2.0, spacing="constant")], 1)
    assert len(times) == 100
    assert np.allclose(np.diff(times), 0.02)


@pytest.mark.parametrize("spacing", ["poisson", "constant"])
def test_arrivals_ascend_over_all_phases(spacing: str) -> None:
    phase = Constant(rate_per_s=200.0, duration_s=3.0, spacing=spacing)  # type: ignore[arg-type]
    times = arrival_times([phase, phase, phase], 3)
    assert (np.diff(times) >= 0).all()
    assert times[0] >= 0
    assert times[-1] < 9.0


SHAPES = {
    "ramp": ({"shape": "ramp", "rate_per_s": 0, "to_rate_per_s": 1000, "duration_s": 20}, lambda t: 25.0 * t**2),
    "steps": ({"shape": "steps", "rates_per_s": [500, 1000], "step_s": 10}, lambda t: 500 * t + 500 * max(0, t - 10)),
    "spike": (
        {"shape": "spike", "rate_per_s": 200, "peak_per_s": 2000, "at_s": 5, "for_s": 5, "duration_s": 20},
        lambda t: 200 * t + 1800 * min(max(0, t - 5), 5),
    ),
    "burst": (
        {"shape": "burst", "rate_per_s": 1000, "on_s": 2, "off_s": 3, "duration_s": 20},
        lambda t: 2000 * (t // 5) + 1000 * min(t % 5, 2),
    ),
    "seasonal": (
        {"shape": "seasonal", "rate_per_s": 500, "swing": 0.6, "period_s": 20, "duration_s": 20},
        lambda t: 500 * (t - 0.6 * 20 / 6.283185307 * np.sin(t * 6.283185307 / 20)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_follows_its_curve(name: str) -> None:
    table, expected = SHAPES[name]
    phase = build(_Phases, {"arrivals": [table]}, "s.toml").arrivals[0]
    times = arrival_times([phase], 5)
    for at_s in (5.0, 9.0, 15.0, 20.0):
        count, wanted = (times < at_s).sum(), expected(at_s)
        assert abs(count - wanted) < 5 * wanted**0.5 + 1


WHOLE = {"ramp": 10_000.0, "steps": 15_000.0, "spike": 13_000.0, "burst": 8_000.0, "seasonal": 10_000.0}


@pytest.mark.parametrize("name", SHAPES)
def test_a_curve_begins_with_nothing_and_ends_with_all_arrivals_of_its_phase(name: str) -> None:
    table, expected = SHAPES[name]
    at_s, arrivals = curve(build(_Phases, {"arrivals": [table]}, "s.toml").arrivals[0])  # type: ignore[arg-type]
    assert (at_s[0], at_s[-1]) == (0.0, 20.0)
    assert arrivals[0] == 0.0
    assert arrivals[-1] == pytest.approx(WHOLE[name])
    assert arrivals == pytest.approx([expected(second) for second in at_s], abs=1e-4)


def test_a_long_phase_has_a_knot_for_every_five_milliseconds_and_a_short_one_two_thousand() -> None:
    def knots(duration_s: float) -> int:
        phase = Ramp(shape="ramp", rate_per_s=0.0, to_rate_per_s=1.0, duration_s=duration_s)
        return len(curve(phase)[0])

    assert [knots(duration_s) for duration_s in (1.0, 60.0, 20_000.0)] == [2001, 12_000, 2_000_000]


def test_a_later_phase_begins_when_the_one_before_it_ends() -> None:
    phases = [
        Constant(rate_per_s=10.0, duration_s=2.0, spacing="constant"),
        Closed(shape="closed", users=1, duration_s=3.0),
        Constant(rate_per_s=10.0, duration_s=1.0, spacing="constant"),
    ]
    times = arrival_times(phases, 1)
    assert len(times) == 30
    assert (times[0], times[20]) == (0.0, 5.0)


def test_phases_of_equal_shape_do_not_repeat_the_same_arrivals() -> None:
    times = arrival_times([Constant(rate_per_s=100.0, duration_s=5.0)] * 2, 7)
    first, second = times[times < 5.0], times[times >= 5.0] - 5.0
    assert not np.allclose(first[:50], second[:50])


def test_paced_arrivals_follow_a_ramp_without_chance() -> None:
    phase = Ramp(shape="ramp", rate_per_s=0.0, to_rate_per_s=100.0, duration_s=10.0, spacing="constant")
    times = arrival_times([phase], 1)
    assert len(times) == 500
    assert times[100] == pytest.approx((100 / 5.0) ** 0.5, abs=0.01)


def test_a_replay_keeps_the_recorded_gaps_and_plays_them_faster() -> None:
    phase = Replay(shape="replay", trace="t.csv", speed=2.0, times_s=(0.0, 1.0, 4.0))
    assert arrival_times([phase], 1).tolist() == [0.0, 0.5, 2.0]


@pytest.mark.parametrize("processes", [1, 3, 4])
def test_processes_share_the_schedule_without_loss_or_overlap(processes: int) -> None:
    times = arrival_times([Constant(rate_per_s=100.0, duration_s=5.0)], 2)
    shares = [share(times, index, processes) for index in range(processes)]
    numbers = np.sort(np.concatenate([numbers for numbers, _ in shares]))
    assert numbers.tolist() == list(range(len(times)))
    assert all(np.array_equal(times[numbers], own) for numbers, own in shares)


def test_closed_loop_users_have_no_schedule() -> None:
    assert len(arrival_times([Closed(shape="closed", users=5, duration_s=3.0)], 1)) == 0


@pytest.mark.parametrize("rate_per_s", [0.5, 1.0, 4.0])
def test_phases_in_which_few_arrivals_are_expected_have_as_many_as_chance_gives(rate_per_s: float) -> None:
    """In one second, 1,000 times: the mean and the variance are those of a Poisson number."""
    phase = Constant(rate_per_s=rate_per_s, duration_s=1.0)
    counts = [len(arrival_times([phase], seed)) for seed in range(1000)]
    assert np.mean(counts) == pytest.approx(rate_per_s, rel=0.15)
    assert np.var(counts) == pytest.approx(rate_per_s, rel=0.25)
