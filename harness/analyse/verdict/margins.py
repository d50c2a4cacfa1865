"""Every threshold of a run decided, with the reason and, where it is undecided, what would settle it.

One rule decides every threshold: it holds when the whole 95% interval does, it is broken when the whole
interval is beyond the limit, and in between it is undecided. A percentile's interval is made from the test
of the ratio above the limit, so "p99(latency) < 250ms" is decided as "fewer than 1% take 250 ms or more". A failed
call takes for ever: a percentile that failed calls reach has no value, and is decided by its lower bound.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from harness.analyse.compare.paired_ratio import can_pair, paired_ratio, why_unpaired
from harness.analyse.evidence import Evidence
from harness.analyse.measure.baseline_ratio import ratio_to_baseline
from harness.analyse.measure.columns import counted_in, duration_s, is_error, of_route, percentile_s
from harness.analyse.measure.measurements import Measurements, measured_for
from harness.analyse.measure.sample import tail_design_effect
from harness.analyse.measure.threshold_measurements import breaking_confidence, sides_of
from harness.analyse.stats.effective_size import BATCHES, Effective, critical, effective, effective_of_events
from harness.analyse.stats.intervals import Sides, ratio_interval, sample_floor
from harness.analyse.verdict.phrasing import bounds_text, duration_text, measurement_text
from harness.model.baseline import Baseline, Reference
from harness.model.formatting import format_measured, format_share, format_value
from harness.model.quantities import LATENCY
from harness.model.slo import Slo, Threshold
from harness.model.verdict import Margin, Measurement

HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TOO_WIDE = 10.0
_REPEAT = "repeat the run while the machine is quiet, or with --until-decided"
_NOT_KEPT = "the baseline was not made for this threshold; write it anew with --save and this --threshold"


def margins_of(
    evidence: Evidence, measurements: Measurements, reference: Reference | None
) -> tuple[Margin, ...]:
    """The margins of the run's thresholds, in their order; `reference` is what relative ones compare with."""
    found = []
    together = breaking_confidence(evidence)
    for threshold in evidence.slo.parsed:
        measured, sides = measured_for(threshold, measurements), sides_of(threshold, together)
        subject = subject_of(threshold, measured, reference, [evidence], sides)
        why = partial(_why_undecided, threshold, subject, evidence, reference)
        found.append(margin_of(threshold, subject, evidence.slo, why))
    return tuple(found)


def margin_of(
    threshold: Threshold, measurement: Measurement, slo: Slo, why_undecided: Callable[[], str]
) -> Margin:
    """One threshold decided by what was measured; `why_undecided` gives the reason where it is not."""
    verdict = _decide(threshold, measurement)
    if verdict == "inconclusive":
        reason = why_undecided()
    elif verdict == "fail":
        reason = statement(threshold, measurement, slo)
    else:
        reason = _caveat(threshold, measurement, slo)
    return Margin(
        threshold=threshold.text, limit=threshold.limit, measured=measurement, verdict=verdict, reason=reason
    )


def _decide(threshold: Threshold, measurement: Measurement) -> Literal["pass", "fail", "inconclusive"]:
    holds = HOLDS[threshold.comparison]
    if measurement.n == 0:
        return "inconclusive"
    if threshold.statistic == "max" and measurement.value is not None:
        return "pass" if holds(measurement.value, threshold.limit) else "fail"
    best, worst = measurement.low, measurement.high
    if not threshold.upper:
        best, worst = worst, best
    if worst is not None and holds(worst, threshold.limit):
        return "pass"
    if best is not None and not holds(best, threshold.limit):
        return "fail"
    return "inconclusive"


def subject_of(
    threshold: Threshold,
    measured: Measurement,
    reference: Reference | None,
    runs: Sequence[Evidence],
    sides: Sides,
) -> Measurement:
    """What decides a threshold: what was measured, or how it compares with the baseline's.

    One run of the baseline's arrivals is paired with it.
    """
    if not threshold.relative:
        return measured
    before = None if reference is None else reference.baseline.measurements.get(threshold.measurement)
    if reference is not None and before is not None:
        paired = paired_ratio(threshold, measured, runs[0], reference, sides) if len(runs) == 1 else None
        return paired or ratio_to_baseline(measured, before)
    return Measurement(name=measured.name, value=0.0, unit="ratio", n=0, low=None, high=None)


def _subject(threshold: Threshold, slo: Slo) -> str:
    alone = threshold.statistic in {"factor", "recovery"}
    found = threshold.quantity if alone else f"{threshold.statistic}({threshold.quantity})"
    found += " of successful calls" if _covers_successes(threshold, slo) else ""
    found += f" of {threshold.route}" if threshold.route else ""
    found += f" over any {threshold.window_s:g} s" if threshold.window_s else ""
    return found + (", as a share of the baseline's," if threshold.relative else "")


def _covers_successes(threshold: Threshold, slo: Slo) -> bool:
    return slo.failed_calls == "apart" and threshold.quantity == LATENCY.name


def statement(threshold: Threshold, measurement: Measurement, slo: Slo) -> str:
    """What was measured for a threshold, with its interval, and the limit."""
    limit = format_value(threshold.limit, measurement.unit)
    if measurement.value is not None:
        return f"{_subject(threshold, slo)} is {measurement_text(measurement)}, limit {limit}"
    bounds = f"{bounds_text(measurement)}, n = {measurement.n:,}"
    return (
        f"{_subject(threshold, slo)} is not reached: {_too_many_failed(threshold)} ({bounds}), limit {limit}"
    )


def _too_many_failed(threshold: Threshold) -> str:
    """Why a percentile or a maximum has no value. The rule of `quantile.rank` makes this exact."""
    if threshold.quantile is None:
        return "at least one call failed"
    allowed = format_share(1 - threshold.quantile)
    return f"more than {allowed} of the calls {'of a window ' if threshold.window_s else ''}failed"


def _caveat(threshold: Threshold, measurement: Measurement, slo: Slo) -> str:
    if measurement.by_tail:
        return (
            f"{statement(threshold, measurement, slo)}: the upper bound follows from the shape of the tail, "
            "while the conditions are as in this run"
        )
    if threshold.statistic != "max":
        return ""
    largest = f"{format_measured(measurement)}, the largest of {measurement.n:,} calls"
    return f"{_subject(threshold, slo)} is {largest}; it does not bound later calls"


def _why_undecided(
    threshold: Threshold, measurement: Measurement, evidence: Evidence, reference: Reference | None
) -> str:
    if measurement.n == 0:
        return _why_unmeasured(threshold, measurement, evidence.slo, reference)
    unpaired = "" if reference is None else _why_unpaired(threshold, evidence, reference.baseline)
    why = unpaired or _what_decides(threshold, measurement, evidence)
    return f"{statement(threshold, measurement, evidence.slo)}: {why}"


def _why_unpaired(threshold: Threshold, evidence: Evidence, baseline: Baseline) -> str:
    if not threshold.relative or threshold.quantile is None or threshold.window_s:
        return ""
    if why := why_unpaired(evidence, baseline):
        return f"the baseline cannot be paired with this run, because {why}"
    if baseline.stretches is None or can_pair(threshold, baseline.stretches):
        return ""
    return _NOT_KEPT


def _what_decides(threshold: Threshold, measurement: Measurement, evidence: Evidence) -> str:
    quantile = threshold.quantile
    if threshold.statistic == "recovery":
        return "the client had not recovered when the last journey arrived; run for longer"
    if measurement.value is None:
        return _why_late_is_undecided(threshold, measurement, evidence)
    if quantile is not None and measurement.high is None and not (threshold.window_s or threshold.relative):
        return _too_few(threshold, quantile, evidence)
    if measurement.high is None:
        return "too few calls to bound it; run for longer, or use longer windows"
    if threshold.relative and quantile is not None and not threshold.window_s:
        return f"the interval contains the limit; {_REPEAT}"
    gap = threshold.limit - measurement.value
    bound = measurement.high if gap > 0 else measurement.low
    width = None if bound is None else abs(bound - measurement.value)
    more_time = _more_time(gap, width, evidence, nothing_seen=not measurement.value)
    return f"the interval contains the limit; {more_time}"


def _why_late_is_undecided(threshold: Threshold, measurement: Measurement, evidence: Evidence) -> str:
    """What would decide a threshold on a percentile that is not reached, whose lower bound is below the limit."""
    if threshold.relative or threshold.window_s:
        return "too few calls failed to bound it above the limit; run for longer, or use longer windows"
    observed_s = replace(evidence, calls=of_route(evidence.calls, threshold.route)).observed_s
    if threshold.quantile is None or (measurement.low or 0.0) >= observed_s:
        observed = format_value(observed_s, "s")
        return (
            f"the run observed {observed}, less than the limit; let journeys arrive for longer than the limit"
        )
    return _failed_near_allowed(of_route(evidence.counted, threshold.route), 1 - threshold.quantile, evidence)


def _failed_near_allowed(calls: pd.DataFrame, allowed: float, evidence: Evidence) -> str:
    """So many calls failed that this run cannot tell whether more than the percentile leaves do."""
    failed = is_error(calls).to_numpy(bool)
    ratio = float(failed.mean())
    worth = effective_of_events(failed, evidence.phases(calls["scheduled_s"].to_numpy(float)))
    low, high = ratio_interval(worth, ratio)
    bound = high if ratio < allowed else low
    more_time = _more_time(allowed - ratio, None if bound is None else abs(bound - ratio), evidence)
    shares = f"{format_share(ratio)} of the calls failed, and {format_share(allowed)} may fail"
    return f"{shares}: the difference may be chance; {more_time}"


def _why_unmeasured(
    threshold: Threshold, measurement: Measurement, slo: Slo, reference: Reference | None
) -> str:
    known = None if reference is None else reference.baseline.measurements
    if threshold.relative and known is not None and threshold.measurement not in known:
        return f"{threshold.text} cannot be decided: {_NOT_KEPT}"
    if threshold.relative and measurement.value is None:
        return (
            f"{threshold.text} cannot be decided: too many calls of the baseline's run failed to reach its "
            f"{threshold.statistic}; make a baseline of a run in which fewer calls fail"
        )
    if threshold.relative:
        return f"{threshold.text} needs a baseline; compare the run with one by surgeline gate"
    if threshold.statistic == "recovery":
        return "recovery was not measured: the scenario has no fault that ends before the last arrivals"
    which = "successful calls" if _covers_successes(threshold, slo) else "calls"
    return f"{_subject(threshold, slo)} was not measured: there were no {which}"


def _too_few(threshold: Threshold, quantile: float, evidence: Evidence) -> str:
    calls, quantity = of_route(evidence.counted, threshold.route), threshold.quantity
    calls = counted_in(calls, quantity, evidence.slo.failed_calls)
    phases = evidence.phases(calls["scheduled_s"].to_numpy(float))
    unseen = tail_design_effect(duration_s(calls, "latency"), phases)
    values = percentile_s(calls, quantity)
    seen, floor = effective(values, phases, quantile, unseen), sample_floor(quantile, critical(BATCHES - 1))
    if seen.size >= floor and np.isinf(values).any():
        return _failed_near_allowed(calls, 1 - quantile, evidence)
    needed = floor if seen.size < floor else max(sample_floor(quantile, seen.critical), 1 + int(seen.size))
    more_s = evidence.window.length_s * (needed / seen.size - 1)
    return (
        f"{_effective_size_text(seen)}, and at least {needed:,} are needed to bound it; "
        f"run for about {duration_text(more_s)} longer at this rate"
    )


def _effective_size_text(seen: Effective) -> str:
    if seen.design_effect < 1.5:
        return f"{seen.n:,} calls are too few"
    alone = max(1, round(seen.size))
    return f"slow calls occur in bursts, so {seen.n:,} calls are worth {alone:,} independent samples"


def _more_time(gap: float, width: float | None, evidence: Evidence, *, nothing_seen: bool = False) -> str:
    """How much longer until an interval of this width to the limit's side is as narrow as the gap to the limit.

    Intervals shrink as the root of the time does, bounds of a ratio of 0 (`nothing_seen`) as the time.
    """
    if width is None or width >= _TOO_WIDE * abs(gap):
        return "the limit is so near the measured value that a longer run is unlikely to decide it"
    times = width / abs(gap)
    if not nothing_seen:
        times *= times
    return (
        f"run for about {duration_text(evidence.window.length_s * max(0.1, times - 1))} longer at this rate"
    )
