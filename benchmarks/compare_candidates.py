"""The ways to make an interval from a few pairs of runs that decision 12 weighs, on simulated pairs.

    python -m benchmarks.compare_candidates [comparisons]

A measurement of 1 with a machine effect on every run and a within-run standard error of 0.5%; each comparison is of
2, 3 or 6 pairs. Printed: false differences of identical policies beyond 2%, intervals with the true difference, half of
the median interval, and how often 10% more is found.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from harness.analyse.compare.mean_difference import USUAL_FREEDOM
from harness.analyse.compare.paired_differences import EACH_CONFIDENCE, resolution
from harness.model.run_effect import ASSUMED

Floats = NDArray[np.float64]
COMPARISONS, WITHIN, WITHIN_FREEDOM, MORE = 40_000, 0.005, 25.0, 0.1
Half = Callable[[Floats, int], Floats]


def within_runs(seen: Floats, count: int) -> Floats:
    """The scatter of the stretches inside the runs alone."""
    return np.full_like(seen, _critical(WITHIN_FREEDOM * count) * WITHIN / np.sqrt(count))


def larger_variance(seen: Floats, count: int) -> Floats:
    """The larger of the variance within runs and the one between pairs, with its own degrees of freedom."""
    between = _critical(count - 1) * np.sqrt(seen / count)
    return np.where(seen > WITHIN**2, between, within_runs(seen, count))


def hartung_knapp(seen: Floats, count: int) -> Floats:
    """Hartung and Knapp's interval, no narrower than the variance within runs says."""
    return _critical(count - 1) * np.sqrt(np.maximum(seen, WITHIN**2) / count)


def moderated(seen: Floats, count: int) -> Floats:
    """The variance between pairs joined with the usual one."""
    freedom = USUAL_FREEDOM + count - 1
    usual = ASSUMED.spread**2 + WITHIN**2
    variance = (USUAL_FREEDOM * usual + (count - 1) * seen) / freedom
    return _critical(freedom) * np.sqrt(variance / count)


CANDIDATES: dict[str, Half] = {
    "within runs": within_runs,
    "larger variance": larger_variance,
    "Hartung and Knapp": hartung_knapp,
    "joined with the usual": moderated,
}


def _critical(freedom: float) -> float:
    return float(stdtrit(freedom, 0.5 + EACH_CONFIDENCE / 2))


def main() -> None:
    """Prints the table."""
    comparisons = int(sys.argv[1]) if len(sys.argv) > 1 else COMPARISONS
    least, rng = resolution("s", 1.0), np.random.default_rng(1)
    print("| machine effect | pairs | interval | false | covered | half | 10% found |")
    print("|---|---|---|---|---|---|---|")
    for effect in (0.02, 0.05):
        for count in (2, 3, 6):
            pairs = np.hypot(np.sqrt(2.0) * effect, WITHIN) * rng.normal(size=(comparisons, count))
            mean, seen = pairs.mean(axis=1), pairs.var(axis=1, ddof=1)
            for name, candidate in CANDIDATES.items():
                half = candidate(seen, count)
                shares = (np.abs(mean) - half > least, np.abs(mean) <= half, mean + MORE - half > least)
                false, covered, found = (float(np.mean(share)) for share in shares)
                width = float(np.median(half))
                print(
                    f"| {effect:.0%} | {count} | {name} | {false:.1%} | {covered:.1%} | {width:.1%} | {found:.0%} |"
                )


if __name__ == "__main__":
    main()
