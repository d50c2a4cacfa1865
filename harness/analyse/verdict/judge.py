"""A run's verdict: every threshold with its margin, and reasons that name the remedy.

One rule decides every threshold: it holds when the whole 95% interval does, it is broken when the whole
interval is beyond the limit, and in between the run is inconclusive. A percentile's interval is made from the test
of the ratio above the limit, so "p99(latency) < 250ms" is decided as "fewer than 1% take 250 ms or more".
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Literal

from harness.analyse.evidence import Evidence
from harness.analyse.measure.baseline_ratio import ratio_to_baseline
from harness.analyse.measure.measurements import Measurements, measured_for
from harness.analyse.measure.quantities import duration_s, of_route, tail_design_effect
from harness.analyse.stats.effective_size import BATCHES, Effective, critical, effective
from harness.analyse.stats.intervals import sample_floor
from harness.analyse.verdict.phrasing import duration_text, measurement_text
from harness.analyse.verdict.validity import invalid_reasons
from harness.model.ending import early_end_text
from harness.model.formatting import format_value
from harness.model.slo import Threshold
from harness.model.verdict import Fail, Inconclusive, Margin, Measurement, Pass, Verdict

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TOO_WIDE = 10.0


def judge(evidence: Evidence, measurements: Measurements, baseline: Measurements | None = None) -> Verdict:
    """The verdict of a run from its evidence and its `measurements`; `baseline` are those of a run to compare with.

    An interrupted run, an empty one, one without thresholds and one with a late generator are inconclusive
    regardless of the measurements. Otherwise one broken threshold is a failure, even beside undecided ones.
    """
    margins = tuple(_margin(t, _subject_of(t, measurements, baseline), evidence) for t in evidence.slo.parsed)
    if invalid := _run_invalid(evidence):
        return Inconclusive(margins=margins, reasons=tuple(invalid), invalid=True)
    for verdict, kind in ((Fail, "fail"), (Inconclusive, "inconclusive")):
        reasons = tuple(m.reason for m in margins if m.verdict == kind)
        if reasons:
            return verdict(margins=margins, reasons=reasons)
    return Pass(margins=margins, reasons=tuple(m.reason for m in margins if m.reason))


def _run_invalid(evidence: Evidence) -> list[str]:
    """Why the run as a whole is inconclusive; empty when it is valid."""
    if evidence.early is not None:
        return [f"the run was interrupted: {early_end_text(evidence.early)}; run it again"]
    if not evidence.window.length_s:
        return [
            f"the warm-up of {evidence.slo.warmup_s:g} s covers the whole run of {evidence.duration_s:g} s; "
            "let journeys arrive for longer, or shorten slo.warmup_s"
        ]
    if evidence.counted.empty:
        return [
            "no call ended after the warm-up; is the upstream reachable, and does the journey make calls?"
        ]
    if not evidence.slo.thresholds:
        return ["the scenario's slo has no thresholds, so there is nothing to judge; add slo.thresholds"]
    return [reason.text for reason in invalid_reasons(evidence)]


def _margin(threshold: Threshold, measurement: Measurement, evidence: Evidence) -> Margin:
    verdict = _decide(threshold, measurement)
    if verdict == "inconclusive":
        reason = _why_undecided(threshold, measurement, evidence)
    elif verdict == "fail":
        reason = _statement(threshold, measurement)
    else:
        reason = _caveat(threshold, measurement)
    return Margin(
        threshold=threshold.text, limit=threshold.limit, measured=measurement, verdict=verdict, reason=reason
    )


def _decide(threshold: Threshold, measurement: Measurement) -> Literal["pass", "fail", "inconclusive"]:
    holds = _HOLDS[threshold.comparison]
    if measurement.n == 0:
        return "inconclusive"
    if threshold.statistic == "max":
        return "pass" if holds(measurement.value, threshold.limit) else "fail"
    best, worst = measurement.low, measurement.high
    if not threshold.upper:
        best, worst = worst, best
    if worst is not None and holds(worst, threshold.limit):
        return "pass"
    if best is not None and not holds(best, threshold.limit):
        return "fail"
    return "inconclusive"


def _subject_of(threshold: Threshold, found: Measurements, baseline: Measurements | None) -> Measurement:
    """What decides a threshold: a measurement, or how it compares with the baseline's."""
    measured = measured_for(threshold, found)
    if not threshold.relative:
        return measured
    before = (baseline or {}).get(threshold.measurement)
    if before is not None:
        return ratio_to_baseline(measured, before)
    return Measurement(name=measured.name, value=0.0, unit="ratio", n=0, low=None, high=None)


def _subject(threshold: Threshold) -> str:
    alone = threshold.statistic in {"factor", "recovery"}
    found = threshold.quantity if alone else f"{threshold.statistic}({threshold.quantity})"
    found += f" of {threshold.route}" if threshold.route else ""
    found += f" over any {threshold.window_s:g} s" if threshold.window_s else ""
    return found + (", as a share of the baseline's," if threshold.relative else "")


def _statement(threshold: Threshold, measurement: Measurement) -> str:
    limit = format_value(threshold.limit, measurement.unit)
    return f"{_subject(threshold)} is {measurement_text(measurement)}, limit {limit}"


def _caveat(threshold: Threshold, measurement: Measurement) -> str:
    if threshold.statistic != "max":
        return ""
    value = format_value(measurement.value, measurement.unit)
    return f"{_subject(threshold)} is {value}, the largest of {measurement.n:,} calls; it does not bound later calls"


def _why_undecided(threshold: Threshold, measurement: Measurement, evidence: Evidence) -> str:
    statement = _statement(threshold, measurement)
    if measurement.n == 0:
        return _why_unmeasured(threshold)
    quantile = threshold.quantile
    if threshold.statistic == "recovery":
        return f"{statement}: the client had not recovered when the last journey arrived; run for longer"
    if quantile is not None and measurement.high is None and not (threshold.window_s or threshold.relative):
        return f"{statement}: {_too_few(threshold, quantile, evidence)}"
    if measurement.high is None:
        return f"{statement}: too few calls to bound it; run for longer, or use longer windows"
    return f"{statement}: the interval contains the limit; {_more_time(threshold, measurement, evidence)}"


def _why_unmeasured(threshold: Threshold) -> str:
    if threshold.relative:
        return f"{threshold.text} needs a baseline; compare the run with one by surgeline gate"
    if threshold.statistic == "recovery":
        return "recovery was not measured: the scenario has no fault that ends before the last arrivals"
    return f"{_subject(threshold)} was not measured: there were no calls"


def _too_few(threshold: Threshold, quantile: float, evidence: Evidence) -> str:
    calls, quantity = of_route(evidence.counted, threshold.route), threshold.quantity
    phases = evidence.phases(calls["scheduled_s"].to_numpy(float))
    unseen = tail_design_effect(duration_s(calls, "latency"), phases)
    seen = effective(duration_s(calls, quantity), phases, quantile, unseen)
    floor = sample_floor(quantile, critical(BATCHES - 1))
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


def _more_time(threshold: Threshold, measurement: Measurement, evidence: Evidence) -> str:
    """How much longer: intervals shrink as the root of the time does, bounds of a ratio of 0 as the time."""
    gap = threshold.limit - measurement.value
    bound = measurement.high if gap > 0 else measurement.low
    width = None if bound is None else abs(bound - measurement.value)
    if width is None or width > _TOO_WIDE * abs(gap):
        return "the limit is so near the measured value that a longer run is unlikely to decide it"
    times = width / abs(gap)
    if measurement.value:
        times *= times
    return (
        f"run for about {duration_text(evidence.window.length_s * max(0.1, times - 1))} longer at this rate"
    )
