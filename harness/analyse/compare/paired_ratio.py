"""A percentile of a run against the same one of a baseline run of the same arrivals and the same fates.

Each call of the run has the same arrival, errors and service time as the same call of the baseline's run, so most of
what makes a percentile uncertain is in both, and cancels in the ratio. Both runs are cut into the same stretches; these
are drawn anew with the same weights for both, and the scatter of the ratio's logarithm is its error within the runs. A
machine that was slower during a whole run does not show in any stretch: the difference that two identical runs usually
have is added, by the squares. Decision 17 has the alternatives.

The ratio is about this schedule. Another seed has other arrivals, and may have another ratio.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from harness.analyse.compare.paired_differences import DRAWS, SEED, Drawn, of_pair, usual_difference
from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import counted_in, of_route, percentile_s
from harness.analyse.stats.block_bootstrap import Distribution, partition, partition_at
from harness.analyse.stats.effective_size import Floats, Ints
from harness.analyse.stats.intervals import TWO_SIDED, Sides
from harness.model.baseline import BIN_RATIO, INFINITE_BIN, SMALLEST_S, Baseline, KeptStretches, Reference
from harness.model.slo import Threshold
from harness.model.verdict import Measurement

_OTHER_RUN = (
    "its run had other arrivals or another seed; repeat the run with its seed, or write it anew with --save"
)
_OTHER_WARMUP = "its run had a shorter warm-up; write it anew with --save"
_OLDER = (
    "it keeps no stretches of time: files of older versions and runs of less than 5 s have none; "
    "write it anew with --save"
)


def kept_stretches(run: Evidence) -> KeptStretches | None:
    """What a baseline keeps of a run for its relative thresholds; None where the run is too short to be cut."""
    cut = partition([run])
    if cut is None:
        return None
    durations = {}
    for threshold in filter(_of_whole_run, run.slo.parsed):
        at, place = _bins(run, threshold, cut.edges)
        durations[_subject(threshold)] = tuple(
            tuple(zip(*map(np.ndarray.tolist, np.unique(at[place == i], return_counts=True)), strict=True))
            for i in range(cut.count)
        )
    return KeptStretches(schedule=run.schedule, edges_s=tuple(cut.edges.tolist()), durations=durations)


def why_unpaired(run: Evidence, baseline: Baseline) -> str:
    """Why a run cannot be paired with a baseline, and the remedy; "" where it can."""
    kept = baseline.stretches
    if kept is None:
        return _OLDER
    if kept.schedule != run.schedule or not run.schedule:
        return _OTHER_RUN
    return "" if kept.edges_s[0] >= run.window.start_s else _OTHER_WARMUP


def paired_ratio(
    threshold: Threshold, now: Measurement, run: Evidence, reference: Reference, sides: Sides = TWO_SIDED
) -> Measurement | None:
    """How many times the baseline's percentile the run's is, as a ratio whose interval follows from pairs.

    None where the runs cannot be paired, for what is no percentile of the whole run, and where too few calls lie beyond
    the percentile or so many failed that some draws have no value.
    """
    kept, before = reference.baseline.stretches, reference.baseline.measurements.get(threshold.measurement)
    if (
        kept is None
        or before is None
        or why_unpaired(run, reference.baseline)
        or not can_pair(threshold, kept)
    ):
        return None
    if not (now.value and before.value):
        return None
    cut = partition_at(np.array(kept.edges_s), run)
    weights = cut.weights(DRAWS, np.random.default_rng(SEED))
    bins, place = _bins(run, threshold, cut.edges)
    shapes = _kept(kept, threshold), _distribution(bins, place, np.ones_like(bins), cut.count)
    a, b = (Drawn.of(shape.quantile(threshold.quantile or 0.0), weights) for shape in shapes)
    if not (a.is_bounded and b.is_bounded):
        return None
    within, ratio = of_pair(cut, a, b), now.value / before.value
    smaller = min(now.value, before.value)
    usual = float(np.log1p(usual_difference("s", smaller, reference.effect) / smaller))

    def reach(confidence: float) -> float:
        error = float(stdtrit(max(1.0, within.freedom), confidence)) * within.variance**0.5
        return float(np.exp(np.hypot(error, usual * ndtri(confidence) / ndtri(TWO_SIDED.high))))

    return Measurement(
        name=now.name,
        value=ratio,
        unit="ratio",
        n=min(now.n, before.n),
        low=ratio / reach(sides.low),
        high=ratio * reach(sides.high),
    )


def can_pair(threshold: Threshold, kept: KeptStretches) -> bool:
    """Whether the baseline keeps what this threshold needs: a percentile of the whole run."""
    stretches = kept.durations.get(_subject(threshold), ())
    return _of_whole_run(threshold) and len(stretches) == len(kept.edges_s) - 1 and any(stretches)


def _of_whole_run(threshold: Threshold) -> bool:
    return threshold.relative and threshold.quantile is not None and not threshold.window_s


def _subject(threshold: Threshold) -> str:
    return threshold.quantity + (f'{{route="{threshold.route}"}}' if threshold.route else "")


def _bins(run: Evidence, threshold: Threshold, edges: Floats) -> tuple[Ints, Ints]:
    """The bin and the stretch of each counted call that the threshold covers."""
    calls = counted_in(of_route(run.counted, threshold.route), threshold.quantity, run.slo.failed_calls)
    seconds = np.maximum(percentile_s(calls, threshold.quantity), SMALLEST_S)
    at = np.round(np.log(seconds / SMALLEST_S) / np.log(BIN_RATIO))
    place = np.clip(np.searchsorted(edges, calls["scheduled_s"], side="right") - 1, 0, len(edges) - 2)
    return np.minimum(at, INFINITE_BIN).astype(np.int64), place


def _kept(kept: KeptStretches, threshold: Threshold) -> Distribution:
    stretches = kept.durations[_subject(threshold)]
    cells = [(at, place, count) for place, counts in enumerate(stretches) for at, count in counts]
    bins, places, counts = np.array(cells, dtype=np.int64).T
    return _distribution(bins, places, counts, len(stretches))


def _distribution(bins: Ints, place: Ints, counts: Ints, stretches: int) -> Distribution:
    """The distribution of the durations' logarithms."""
    candidates, column = np.unique(bins, return_inverse=True)
    cells = np.bincount(place * len(candidates) + column, counts, minlength=stretches * len(candidates))
    logs = np.where(candidates >= INFINITE_BIN, np.inf, candidates * np.log(BIN_RATIO))
    return Distribution(logs, cells.reshape(stretches, -1).cumsum(axis=1))
