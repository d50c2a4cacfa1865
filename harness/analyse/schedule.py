"""When journeys arrive: a pure function of the scenario and its seed, the same for every policy.

Each phase is a curve of expected arrivals over time. A Poisson process of rate one, read through the curve's
inverse, has just that intensity; evenly spaced counts read through it are the paced schedule. See Çinlar,
Introduction to Stochastic Processes (1975), on time-changed Poisson processes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.model.arrivals import Burst, Closed, Constant, Ramp, Replay, Seasonal, Spike, Steps

Floats = npt.NDArray[np.float64]
Open = Constant | Ramp | Steps | Spike | Seasonal | Burst | Replay
KNOTS_PER_S, LEAST_KNOTS, MOST_KNOTS = 200.0, 2001, 2_000_000


def arrival_times(phases: Sequence[Open | Closed], seed: int) -> Floats:
    """Planned starts in seconds since the run's epoch, ascending; none for closed-loop users.

    Each phase draws from its own random stream, keyed by (seed, number of the phase), so changing one leaves the
    others as they were.
    """
    planned, begin_s = [np.empty(0)], 0.0
    for number, phase in enumerate(phases):
        if not isinstance(phase, Closed):
            planned.append(begin_s + _phase(phase, np.random.default_rng([seed, number])))
        begin_s += phase.duration_s
    return np.concatenate(planned)


def share(planned_s: Floats, index: int, processes: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """The numbers and times of the arrivals of one of several processes: every `processes`-th."""
    numbers = np.arange(index, len(planned_s), processes)
    return numbers, planned_s[numbers]


def _phase(phase: Open, rng: np.random.Generator) -> Floats:
    if isinstance(phase, Replay):
        return np.asarray(phase.times_s) / phase.speed
    at_s, expected = curve(phase)
    total = float(expected[-1])
    if phase.spacing == "constant":
        counts = np.arange(0.0, total - 1e-9)
    else:
        counts = np.cumsum(rng.exponential(1.0, size=int(total + 10.0 * total**0.5 + 10.0)))
        counts = counts[counts < total]
    times_s: Floats = np.interp(counts, expected, at_s)
    return times_s


def curve(phase: Constant | Ramp | Steps | Spike | Seasonal | Burst) -> tuple[Floats, Floats]:
    """Knots of the phase's expected arrivals: (seconds since its start, arrivals until then), both ascending."""
    match phase:
        case Constant():
            return np.array([0.0, phase.duration_s]), np.array([0.0, phase.rate_per_s * phase.duration_s])
        case Steps():
            return _stairs(np.linspace(0.0, phase.duration_s, len(phase.rates_per_s) + 1), phase.rates_per_s)
        case Spike():
            corners = np.array([0.0, phase.at_s, phase.at_s + phase.for_s, phase.duration_s])
            edges = np.minimum(corners, phase.duration_s)
            return _stairs(edges, (phase.rate_per_s, phase.peak_per_s, phase.rate_per_s))
        case Burst():
            edges = np.array([0.0, *phase.edges_s, phase.duration_s])
            return _stairs(
                edges, [phase.rate_per_s if turn % 2 == 0 else 0.0 for turn in range(len(edges) - 1)]
            )
        case Ramp():
            slope_per_s2 = (phase.to_rate_per_s - phase.rate_per_s) / phase.duration_s
            at_s = _grid(phase.duration_s)
            return at_s, phase.rate_per_s * at_s + slope_per_s2 * at_s**2 / 2.0
        case Seasonal():
            at_s, turn = _grid(phase.duration_s), phase.period_s / (2.0 * np.pi)
            return at_s, phase.rate_per_s * (at_s - phase.swing * turn * np.sin(at_s / turn))


def _stairs(edges_s: Floats, rates_per_s: Sequence[float]) -> tuple[Floats, Floats]:
    return edges_s, np.concatenate([[0.0], np.cumsum(np.diff(edges_s) * np.asarray(rates_per_s))])


def _grid(duration_s: float) -> Floats:
    return np.linspace(0.0, duration_s, min(MOST_KNOTS, max(LEAST_KNOTS, int(duration_s * KNOTS_PER_S))))
