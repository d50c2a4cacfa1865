"""One trial of a search, reduced to the share of bad calls under the threshold that it came nearest to breaking.

Every threshold that can be checked call by call is a share: "p99 < 250 ms" allows 1% of calls beyond 250 ms,
"ratio(error) < 1%" allows 1% of errors, "amplification < 1.2" allows 0.2 extra attempts of the most that were made.
A call that failed, was dropped or did not end is infinitely late. Thresholds of a rate are left out, because the search
varies the rate; recovery has its own test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import (
    counted_in,
    duration_s,
    is_amplifiable,
    is_error,
    of_route,
    percentile_s,
)
from harness.analyse.range.early_stop import served_under_backlog
from harness.analyse.range.stalls import spoilt
from harness.analyse.stats.effective_size import Floats, worth_beyond, worth_of_frequent
from harness.analyse.stats.quantiles import quantile_of
from harness.analyse.verdict.validity import invalid_reasons, lasting_invalid_reasons
from harness.model.formatting import format_value
from harness.model.quantities import LATENCY, SLO_DURATIONS
from harness.model.range import Probe, Trial
from harness.model.slo import Slo, Threshold

NEVER_S = 1e6
LEAST_QUIET = 0.4
_SLOW_SHARE = 0.1
_FEWEST_SLOW = 5


@dataclass(frozen=True, slots=True)
class ThresholdReading:
    """One threshold applied to a trial: shares of calls, and their text."""

    threshold: str
    measured: str
    n: int
    seen_ratio: float
    bad_ratio: float
    allowed_ratio: float
    effective_n: float
    limit_s: float

    @property
    def excess(self) -> float:
        """How far beyond what is allowed, as a difference of log-odds; zero bad calls count as half a call."""
        bad = min(max(self.bad_ratio, 0.5 / (self.n + 1)), 1 - 0.5 / (self.n + 1))
        return float(np.log(bad / (1 - bad)) - np.log(self.allowed_ratio / (1 - self.allowed_ratio)))


def searchable(slo: Slo) -> tuple[Threshold, ...]:
    """The thresholds that a search along the arrival rate can apply to a trial."""
    kinds = {*SLO_DURATIONS, "error", "amplification"}
    return tuple(t for t in slo.parsed if t.quantity in kinds and t.upper and not t.relative)


def covers_failures(slo: Slo) -> bool:
    """Whether a failed call counts against a threshold that a search applies: of errors, or of latency."""
    return any(t.quantity in {"error", LATENCY.name} for t in searchable(slo))


def trial_of(evidence: Evidence, probe: Probe, run: str, load_s: float, cut_short: str = "") -> Trial:
    """The trial from a run. Calls that a stall of the machine made late are left out; too many make it invalid."""
    limit_s, allowed = _tightest(evidence.slo)
    seconds = percentile_s(evidence.calls, LATENCY.name)
    calm = replace(evidence, calls=evidence.calls[~spoilt(evidence, seconds, limit_s, allowed)])
    disturbed = len(calm.counted) < LEAST_QUIET * len(evidence.counted)
    counted = evidence if disturbed else calm
    readings = [r for t in searchable(evidence.slo) if (r := _reading(t, counted)) is not None]
    if not readings:
        return _nothing(probe, run, load_s, "no call was counted")
    worst = max(readings, key=lambda reading: reading.excess)
    return Trial(
        run=run,
        purpose=probe.purpose,
        rate_per_s=probe.rate_per_s,
        load_s=load_s,
        n=worst.n,
        seen_ratio=worst.seen_ratio,
        bad_ratio=worst.bad_ratio,
        allowed_ratio=worst.allowed_ratio,
        effective_n=worst.effective_n,
        limit_s=worst.limit_s,
        threshold=worst.threshold,
        measured=worst.measured,
        invalid="" if _overloaded(evidence, worst) else "; ".join(_invalid_reasons(evidence, disturbed)),
        cut_short=cut_short,
        counted_s=max(0.0, load_s - evidence.slo.warmup_s),
        served_per_s=_served_per_s(evidence, probe.rate_per_s, load_s, limit_s),
    )


def _tightest(slo: Slo) -> tuple[float, float]:
    """The tightest limit of latency in seconds, and the share of calls that may exceed it."""
    limits = [(t.limit, 1 - (t.quantile or 1.0)) for t in searchable(slo) if t.quantity == "latency"]
    return min(limits, default=(NEVER_S, 0.0))


def _served_per_s(evidence: Evidence, rate_per_s: float, load_s: float, limit_s: float) -> float | None:
    served = evidence.served
    if limit_s >= NEVER_S or "service_s" not in served:
        return None
    served = served[served["service_s"] > 0]
    arrived_s, ended_s = (np.sort(served[column].to_numpy(float)) for column in ("arrived_s", "ended_s"))
    return served_under_backlog(arrived_s, ended_s, load_s, rate_per_s, limit_s)


def expected_bad(values_s: Floats, limit_s: float, allowed: float) -> float:
    """The share of durations beyond a limit; for a trial without bursts, at least what its slowest tenth predicts.

    Excesses over a high level are assumed exponential, as they are in queues (and by Pickands, Balkema and de Haan
    for many tails): so a trial without a burst predicts the next one from its slowest calls. Infinite durations are
    beyond every limit, and predict nothing.
    """
    seen = float(np.mean(values_s > limit_s))
    finite = values_s[values_s < NEVER_S]
    if seen > allowed or not len(finite):
        return seen
    level = quantile_of(np.sort(finite), 1 - _SLOW_SHARE)
    beyond = finite[finite > level] - level
    if limit_s <= level or len(beyond) < _FEWEST_SLOW:
        return seen
    expected = float(_SLOW_SHARE * np.exp(-(limit_s - level) / max(float(beyond.mean()), 1e-9)))
    return max(seen, expected + 1 - len(finite) / len(values_s))


def worth_of(values: Floats, limit: float, allowed: float) -> float:
    """How many independent samples values in time order are worth for judging the share beyond a limit."""
    if len(values) < 8:
        return 1.0
    phases = np.zeros(len(values), dtype=np.int64)
    worth = worth_beyond(values, phases, limit).at_most(worth_of_frequent(values, phases, 1 - allowed))
    return max(1.0, worth.size)


def first_breach(trials: Sequence[Trial]) -> str:
    """The first breach as text: the breaking trial of the lowest rate; "" when none broke."""
    broken = [trial for trial in trials if trial.broke and not trial.invalid and trial.purpose != "trigger"]
    if not broken:
        return ""
    lowest = min(broken, key=lambda trial: trial.rate_per_s)
    return f"{lowest.measured} at {format_value(lowest.rate_per_s, '1/s')} ({lowest.threshold})"


def _reading(threshold: Threshold, evidence: Evidence) -> ThresholdReading | None:
    """None for a threshold without calls, or one that no call can break."""
    calls = of_route(evidence.counted, threshold.route)
    if calls.empty:
        return None
    if threshold.quantity in SLO_DURATIONS:
        return _of_duration(threshold, calls, evidence.slo)
    if threshold.quantity == "error":
        shares: Floats = is_error(calls).to_numpy(bool).astype(np.float64)
        allowed = threshold.limit
        words = f"errors, {format_value(float(shares.mean()), 'ratio')}"
    else:
        extra = calls["attempts"].to_numpy(float)[is_amplifiable(calls)] - 1
        if not len(extra):
            return None
        most = max(1.0, float(extra.max()))
        shares, allowed = extra / most, (threshold.limit - 1) / most
        words = f"amplification, {format_value(1 + float(extra.mean()), 'attempts/call')}"
    if not 0 < allowed < 1:
        return None
    bursts_s = quantile_of(np.sort(duration_s(calls, "latency")), 0.95)
    worth = worth_of(shares, 0.0, allowed)
    ratio = float(shares.mean())
    return ThresholdReading(threshold.text, words, len(calls), ratio, ratio, allowed, worth, bursts_s)


def _of_duration(threshold: Threshold, calls: pd.DataFrame, slo: Slo) -> ThresholdReading | None:
    """A maximum allows less than one call beyond it. Failed calls that the SLO counts apart are left out."""
    calls = counted_in(calls, threshold.quantity, slo.failed_calls)
    if calls.empty:
        return None
    values = percentile_s(calls, threshold.quantity)
    n, quantile, limit_s = len(values), threshold.quantile, threshold.limit
    allowed = 1 / (n + 1) if quantile is None else round(1 - quantile, 9)
    seen = float(np.mean(values > limit_s))
    bad = seen if quantile is None else expected_bad(values, limit_s, allowed)
    seen_s = quantile_of(np.sort(values), 1.0 if quantile is None else quantile)
    slowest = format_value(seen_s, "s") if seen_s < NEVER_S else "not reached: failed or unfinished calls"
    words = f"{threshold.statistic}({threshold.quantity}), {slowest}"
    worth = worth_of(values, limit_s, allowed)
    return ThresholdReading(threshold.text, words, n, seen, bad, allowed, worth, limit_s)


def _invalid_reasons(evidence: Evidence, disturbed: bool) -> list[str]:
    found = invalid_reasons(evidence) if disturbed else lasting_invalid_reasons(evidence)
    if disturbed and not found:
        return ["the machine stalled too often"]
    return [reason.text for reason in found]


def _overloaded(evidence: Evidence, worst: ThresholdReading) -> bool:
    """Whether the upstream's own queue explains the breach, so that a late generator does not matter."""
    if worst.excess <= 0 or "queue_wait_s" not in evidence.served:
        return False
    waits_s = evidence.served["queue_wait_s"].dropna().to_numpy(float)
    return len(waits_s) > 0 and quantile_of(np.sort(waits_s), 0.5) > worst.limit_s


def _nothing(probe: Probe, run: str, load_s: float, reason: str) -> Trial:
    return Trial(
        run=run,
        purpose=probe.purpose,
        rate_per_s=probe.rate_per_s,
        load_s=load_s,
        n=0,
        bad_ratio=0.0,
        allowed_ratio=0.5,
        effective_n=0.0,
        limit_s=0.0,
        invalid=reason,
    )
