"""The verdict on a series: runs of one policy and scenario with different seeds, judged after each run.

Each look measures the thresholds that are still undecided, over all valid runs so far together, with the confidence of
that look (`stats/sequential.py`): all looks together are wrong as rarely as the verdict on one run. What a look decides
stays decided, but for passes of a maximum and of recovery: one run that breaks these fails the series. A run that was
interrupted, or whose generator was too late to count, is no look.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from harness.analyse.evidence import Evidence
from harness.analyse.measure.threshold_measurements import breaking_bounds, measure_threshold, sides_of
from harness.analyse.stats.effective_size import CONFIDENCE
from harness.analyse.stats.intervals import TWO_SIDED, Sides
from harness.analyse.stats.sequential import LOOKS_AT_MOST, look_confidence
from harness.analyse.verdict.cpu_bound import with_finding
from harness.analyse.verdict.judge import Part, run_invalid, verdict_of, weigh
from harness.analyse.verdict.lateness import LARGEST_SPOILT_SHARE, spoilt_share
from harness.analyse.verdict.margins import margin_of, statement, subject_of
from harness.analyse.verdict.unseen import longest_unseen_s
from harness.analyse.verdict.validity import busy_reason, late_reasons, unreported_reason
from harness.model.baseline import Reference
from harness.model.quantities import unit_of
from harness.model.slo import Threshold
from harness.model.verdict import Inconclusive, Margin, Measurement, Verdict

OF_EACH_RUN = frozenset({"max", "recovery"})
"""Statistics of which a pass says nothing about the next run, so that each further run is looked at."""


def judge_series(
    runs: Sequence[Evidence], before: Verdict | None = None, reference: Reference | None = None
) -> Verdict:
    """The verdict after the last of `runs`, which are in their order; `before` is the one after the run before it."""
    valid = [run for run in runs if not _invalid(run)]
    if not valid:
        reasons = tuple(reason for run in runs[-1:] for reason in _invalid(run))
        return Inconclusive(reasons=reasons, invalid=True)
    decided = {} if before is None else _decided(runs[0], before)
    if valid[-1] is not runs[-1] and before is not None:
        return before
    margins = _look(valid[:LOOKS_AT_MOST], decided, reference)
    unseen_s = longest_unseen_s(sum(run.window.length_s for run in valid))
    return with_finding(verdict_of(margins, (), unseen_s), valid)


def _decided(run: Evidence, before: Verdict) -> dict[str, Margin]:
    """What stays decided: failures, and passes but for those that hold of each run and not of all later ones."""
    return {
        margin.threshold: margin
        for threshold, margin in zip(run.slo.parsed, before.margins, strict=False)
        if margin.verdict == "fail" or (margin.verdict == "pass" and threshold.statistic not in OF_EACH_RUN)
    }


def is_decided(verdict: Verdict) -> bool:
    """Whether every threshold passed or failed."""
    return bool(verdict.margins) and all(margin.verdict != "inconclusive" for margin in verdict.margins)


def _invalid(run: Evidence) -> list[str]:
    """Why a run does not count in its series; empty when it does."""
    if invalid := run_invalid(run):
        return invalid
    if unreported := unreported_reason(run):
        return [unreported]
    if busy := busy_reason(run):
        return [busy.text]
    late = late_reasons(run)
    return [reason.text for reason in late] if late and spoilt_share(run) > LARGEST_SPOILT_SHARE else []


def _look(
    runs: Sequence[Evidence], decided: dict[str, Margin], reference: Reference | None
) -> tuple[Margin, ...]:
    """The margins at the look after the last of these valid runs."""
    margins = _margins(runs, decided, reference)
    late = [bool(late_reasons(run)) for run in runs]
    if not any(late):
        return margins

    def seen(part: Part) -> tuple[Margin, ...]:
        parts = [part(run) if is_late else run for run, is_late in zip(runs, late, strict=True)]
        return _margins(parts, decided, reference)

    spoilt = sum(spoilt_share(run) for run in runs) / len(runs)
    weighed = weigh(runs[0].slo, margins, spoilt, seen)
    assert weighed is not None  # noqa: S101 - runs with too many spoilt calls are left out before
    return tuple(decided.get(margin.threshold, margin) for margin in weighed)


def _margins(
    runs: Sequence[Evidence], decided: dict[str, Margin], reference: Reference | None
) -> tuple[Margin, ...]:
    bounds = breaking_bounds(runs[0])
    return tuple(
        decided.get(threshold.text) or _margin(threshold, runs, bounds, reference)
        for threshold in runs[0].slo.parsed
    )


def _margin(
    threshold: Threshold, runs: Sequence[Evidence], bounds: int, reference: Reference | None
) -> Margin:
    looks = len(runs)
    breaking = look_confidence(looks, max(TWO_SIDED.low, 1 - (1 - CONFIDENCE) / bounds))
    sides = sides_of(threshold, breaking, look_confidence(looks, TWO_SIDED.high))
    subject = subject_of(threshold, _measured(threshold, runs, sides), reference, runs, sides)
    why = partial(_why_undecided, threshold, subject, runs)
    return margin_of(threshold, subject, runs[0].slo, why)


def _measured(threshold: Threshold, runs: Sequence[Evidence], sides: Sides) -> Measurement:
    found = measure_threshold(threshold, runs, sides)
    name, unit = threshold.measurement, unit_of(threshold.measured_name)
    if found is None:
        return Measurement(name=name, value=0.0, unit=unit, n=0, low=None, high=None)
    return found.model_copy(update={"name": name})


def _why_undecided(threshold: Threshold, measurement: Measurement, runs: Sequence[Evidence]) -> str:
    count = "one run" if len(runs) == 1 else f"{len(runs)} runs together"
    return f"{statement(threshold, measurement, runs[0].slo)}: {count} cannot decide it"
