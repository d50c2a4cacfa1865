"""Single measurements of a run's calls: a rate, a share, a duration's statistic, each with n and a 95% interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import is_amplifiable, is_error, is_reported
from harness.analyse.measure.sample import Sample
from harness.analyse.stats.effective_size import BATCHES, Floats, Ints, effective_of_events
from harness.analyse.stats.intervals import (
    TWO_SIDED,
    UNKNOWN,
    Interval,
    PercentileBounds,
    Sides,
    bounds_of_percentile,
    mean_interval,
    rate_interval,
    ratio_interval,
)
from harness.analyse.stats.quantiles import quantile_of
from harness.model.quantile import share_of
from harness.model.quantities import SLO_DURATIONS, unit_of
from harness.model.slo import Threshold
from harness.model.verdict import Measurement


def measure_one(
    threshold: Threshold, runs: Sequence[Evidence], sample: Sample, sides: Sides = TWO_SIDED
) -> Measurement | None:
    """What one threshold names, of all calls of runs of one scenario, which are in `sample`; None without any."""
    if threshold.quantity == "goodput":
        return rate("goodput", runs, [run.calls["ended_s"][~is_error(run.calls)] for run in runs], sides)
    if sample.calls.empty:
        return None
    if threshold.quantity in SLO_DURATIONS:
        return next(iter(durations(sample, threshold.quantity, (threshold.statistic,), sides)), None)
    return error_ratio(sample, sides) if threshold.quantity == "error" else amplification(sample, sides)


def durations(
    sample: Sample, quantity: str, statistics: Sequence[str], sides: Sides = TWO_SIDED
) -> list[Measurement]:
    """Statistics of one duration of these calls; none without a call that they cover.

    A maximum has no upper bound: larger values are possible. Where a started service has not reported every call, the
    bounds hold whatever the unknown durations are.
    """
    if not statistics:
        return []
    series = sample.covered(quantity)
    n, found, (least, most) = len(series.values), [], sample.bounding(quantity)
    for statistic in statistics if n else ():
        if statistic == "max":
            value = float(series.ordered[-1])
            bounds = PercentileBounds(value, None)
        else:
            quantile = share_of(statistic)
            value = quantile_of(series.ordered, quantile)
            bounds = bounds_of_percentile(most, quantile, sample.tail_design_effect, sides)
            if least is not most:
                low = bounds_of_percentile(least, quantile, sample.tail_design_effect, sides).low
                bounds = bounds._replace(low=low)
        within = _observed(Interval(bounds.low, bounds.high), sample.observed_s)
        one = measurement(f"{quantity}.{statistic}", value, n, within)
        found.append(one.model_copy(update={"by_tail": bounds.by_tail}))
    return found


def _observed(interval: Interval, observed_s: float) -> Interval:
    """The interval with what a run can tell of infinity: longer than all that it observed, and no upper bound."""
    low, high = interval
    return Interval(observed_s if low == np.inf else low, None if high == np.inf else high)


def rate(
    name: str, runs: Sequence[Evidence], at_s: Sequence[pd.Series[float]], sides: Sides = TWO_SIDED
) -> Measurement:
    """How many of each run's times lie in its counted window, per second: the mean of these runs."""
    length_s = runs[0].window.length_s
    if not length_s:
        return measurement(name, 0.0, 0, UNKNOWN)
    counts, phases = zip(*(_per_bin(run, times) for run, times in zip(runs, at_s, strict=True)), strict=True)
    joined, total = np.concatenate(counts), int(np.sum(counts))
    interval = rate_interval(joined, np.concatenate(phases), length_s / BATCHES, sides)
    return measurement(name, total / (length_s * len(runs)), total, interval)


def _per_bin(run: Evidence, at_s: pd.Series[float]) -> tuple[Floats, Ints]:
    """How many of these times lie in each part of the run's counted window, and each part's phase."""
    window = run.window
    inside = at_s[window.holds(at_s)].to_numpy(float)
    counts, edges = np.histogram(inside, BATCHES, (window.start_s, window.end_s))
    return counts.astype(float), run.phases((edges[:-1] + edges[1:]) / 2)


def error_ratio(sample: Sample, sides: Sides = TWO_SIDED) -> Measurement:
    """The ratio of calls that did not succeed."""
    ratio, worth = (
        float(sample.failed.mean()),
        effective_of_events(sample.failed, sample.phases, sample.tail_design_effect),
    )
    return measurement("error_ratio", ratio, len(sample.calls), ratio_interval(worth, ratio, sides))


def amplification(sample: Sample, sides: Sides = TWO_SIDED) -> Measurement:
    """Attempts per call; of a started service, per call that made attempts.

    The bounds hold whatever each call that it has not reported made, from one attempt to the most of any call.
    """
    counts = is_amplifiable(sample.calls)
    attempts = sample.calls["attempts"].to_numpy(float)[counts]
    if not len(attempts):
        return measurement("amplification", 0.0, 0, UNKNOWN)
    most = max(sample.most_attempts, int(attempts.max()))
    within = _amplified(attempts, most, sample.phases[counts], sample.tail_design_effect, sides)
    unknown = int((~is_reported(sample.calls)).sum())
    share = unknown / (unknown + len(attempts))
    within = Interval(
        *(
            None if bound is None else (1 - share) * bound + share * of_unknown
            for bound, of_unknown in zip(within, (1.0, float(most)), strict=True)
        )
    )
    return measurement("amplification", float(attempts.mean()), len(attempts), within)


def _amplified(attempts: Floats, most: int, phases: Ints, unseen: float, sides: Sides) -> Interval:
    """The interval of attempts per call; where all took equally many, the bound of the ratio that may take the most."""
    least = float(attempts.min())
    if np.ptp(attempts) > 0:
        low, high = mean_interval(attempts - least, phases, sides)
        return Interval(None if low is None else least + low, None if high is None else least + high)
    never = effective_of_events(np.zeros(len(attempts), dtype=bool), phases, unseen)
    more = ratio_interval(never, 0.0, sides).high
    return Interval(least, None if more is None else least + more * max(1.0, most - least))


def measurement(name: str, value: float, n: int, within: Interval) -> Measurement:
    """A measurement in its quantity's unit; without a value where that is infinite."""
    reached = None if value == np.inf else value
    return Measurement(name=name, value=reached, unit=unit_of(name), n=n, low=within.low, high=within.high)
