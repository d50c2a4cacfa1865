"""A run's verdict: every threshold with its margin, and reasons that name the remedy."""

from __future__ import annotations

from collections.abc import Callable

from harness.analyse.evidence import Evidence
from harness.analyse.measure.measurements import Measurements
from harness.analyse.measure.threshold_measurements import threshold_measurements
from harness.analyse.verdict.cpu_bound import with_finding
from harness.analyse.verdict.lateness import (
    LARGEST_SPOILT_SHARE,
    in_favour,
    spoilt_share,
    stalls_in_favour,
    without_stalls_in_favour,
)
from harness.analyse.verdict.margins import HOLDS, margins_of
from harness.analyse.verdict.phrasing import measurement_text
from harness.analyse.verdict.unseen import longest_unseen_s
from harness.analyse.verdict.validity import (
    busy_reason,
    late_reasons,
    starved_reason,
    unreported_reason,
)
from harness.model.baseline import Reference
from harness.model.ending import early_end_text
from harness.model.formatting import format_share
from harness.model.slo import Slo, Threshold
from harness.model.verdict import Fail, Inconclusive, Margin, Pass, Verdict

Part = Callable[[Evidence], Evidence]
_LATENESS_OFF = "the lateness of generator and upstream is taken off"
_MAY_BE_LATE = (
    "the lateness of generator or upstream may explain it; give them their own cores, or lower the rate"
)


def judge(evidence: Evidence, measurements: Measurements, reference: Reference | None = None) -> Verdict:
    """The verdict of a run from its evidence and its `measurements`; `reference` is what it is compared with.

    An interrupted run, an empty one, one without thresholds and one whose driver waited for a core are inconclusive
    regardless of the measurements.
    Otherwise one broken threshold is a failure, even beside undecided ones. Where generator or upstream were late,
    each threshold is decided as measured and with the lateness in the policy's favour. With a busy driver only
    failures stand, and only those. The same holds where a started service has not reported enough of its calls: the
    bounds hold whatever is unknown, so a broken threshold is broken, and without one the run is invalid. A service that
    had no processor time left is named first among the reasons, because no policy changes that.
    """
    return with_finding(_judged(evidence, measurements, reference), [evidence])


def _judged(evidence: Evidence, measurements: Measurements, reference: Reference | None) -> Verdict:
    """The verdict without findings about the service."""
    verdict = _of_policy(evidence, measurements, reference)
    unreported = unreported_reason(evidence)
    if unreported is None or verdict.kind == "fail":
        return verdict
    reasons = verdict.reasons if verdict.kind == "inconclusive" else ()
    return Inconclusive(margins=verdict.margins, reasons=(unreported, *reasons), invalid=True)


def _of_policy(evidence: Evidence, measurements: Measurements, reference: Reference | None) -> Verdict:
    margins = margins_of(evidence, measurements, reference)
    if invalid := run_invalid(evidence):
        return Inconclusive(margins=margins, reasons=tuple(invalid), invalid=True)
    notes: tuple[str, ...] = ()
    late, busy = late_reasons(evidence), busy_reason(evidence)
    if late or busy:

        def seen(part: Part) -> tuple[Margin, ...]:
            seen_in = part(evidence)
            return margins_of(seen_in, threshold_measurements(seen_in), reference)

        notes = tuple(reason.text for reason in [*([busy] if busy else []), *late])
        weighed = weigh(evidence.slo, margins, 1.0 if busy else spoilt_share(evidence), seen)
        if weighed is None:
            return Inconclusive(margins=margins, reasons=notes, invalid=True)
        margins = weighed
    return verdict_of(margins, notes, longest_unseen_s(evidence.window.length_s))


def verdict_of(margins: tuple[Margin, ...], notes: tuple[str, ...], unseen_s: float) -> Verdict:
    """The verdict that follows from margins: one that is broken fails, and one that is undecided decides nothing.

    `notes` are further reasons where it is inconclusive.
    """
    for verdict, kind in ((Fail, "fail"), (Inconclusive, "inconclusive")):
        reasons = tuple(m.reason for m in margins if m.verdict == kind)
        if reasons:
            return verdict(margins=margins, reasons=reasons + (notes if kind == "inconclusive" else ()))
    return Pass(margins=margins, reasons=tuple(m.reason for m in margins if m.reason), unseen_s=unseen_s)


def run_invalid(evidence: Evidence) -> list[str]:
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
    starved = starved_reason(evidence)
    return [] if starved is None else [starved.text]


def weigh(
    slo: Slo, measured: tuple[Margin, ...], spoilt: float, seen: Callable[[Part], tuple[Margin, ...]]
) -> tuple[Margin, ...] | None:
    """The margins of late runs; None where no failure holds and too many calls are spoilt for a pass.

    No failure against a baseline holds: its run was not as late.

    `spoilt` is the share of the calls in stalls, and `seen` gives the margins of a part of the evidence.
    """
    if spoilt > LARGEST_SPOILT_SHARE:
        return _failures_that_hold(slo, measured, seen(in_favour))
    every, left, stalls = (seen(part) for part in (in_favour, without_stalls_in_favour, stalls_in_favour))
    thresholds = zip(slo.parsed, measured, every, left, stalls, strict=True)
    return tuple(_weighed(t, m, e, lt, s, spoilt) for t, m, e, lt, s in thresholds)


def _failures_that_hold(
    slo: Slo, measured: tuple[Margin, ...], favoured: tuple[Margin, ...]
) -> tuple[Margin, ...] | None:
    holds = [f.verdict == "fail" and not t.relative for t, f in zip(slo.parsed, favoured, strict=True)]
    if not any(holds):
        return None
    return tuple(
        _noted(f, _LATENESS_OFF) if held else _undecided(m)
        for m, f, held in zip(measured, favoured, holds, strict=True)
    )


def _weighed(
    threshold: Threshold, measured: Margin, every: Margin, left: Margin, stalls: Margin, spoilt: float
) -> Margin:
    """One threshold: as measured; and of all calls, without those in stalls and of these alone, lateness taken off.

    A rate counts all calls.
    """
    if measured.verdict == "pass":
        return measured
    if threshold.quantity == "goodput":
        left = stalls = every
    if left.verdict == every.verdict == "fail" and not threshold.relative:
        return _noted(left, _LATENESS_OFF)
    held = not stalls.measured.n or HOLDS[threshold.comparison](stalls.measured.number, threshold.limit)
    if left.verdict == "pass" and held:
        return _noted(
            left, f"{format_share(spoilt)} of the calls are left out, because the machine stalled then"
        )
    return measured if measured.verdict == "inconclusive" else _undecided(measured)


def _undecided(margin: Margin) -> Margin:
    """A margin that the lateness may have decided."""
    return _noted(margin, _MAY_BE_LATE).model_copy(update={"verdict": "inconclusive"})


def _noted(margin: Margin, note: str) -> Margin:
    """A margin whose reason states the measurement, and how it was taken."""
    text = margin.reason or f"{margin.threshold} is {measurement_text(margin.measured)}"
    return margin.model_copy(update={"reason": f"{text} ({note})"})
