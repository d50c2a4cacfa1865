"""How long a client takes to recover after the last fault has ended, or that it does not recover.

A call is good when it succeeded within the SLO's limit of p99, where the SLO has one. Of the calls scheduled in a
stretch of two seconds, the good ones are counted, however late they ended. The client has recovered when in every later
stretch, and in the rest of the run as a whole, the share of good calls is not below 95% of the share before the
fault, by more than chance. A client in a retry storm stays far below that although its upstream is healthy again
(N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analyse.evidence import Evidence, by_schedule
from harness.analyse.measure.columns import is_error
from harness.analyse.stats.effective_size import Floats
from harness.model.verdict import Measurement

ENOUGH = 0.95
STRETCH_S, STEP_S = 2.0, 0.5
CHANCE = 3.0
"""Standard deviations that a healthy client's stretch may lack: one in 740, and there are some 20 stretches."""
_FEWEST_CALLS, _FEWEST_STRETCHES = 20, 4


class Normal(NamedTuple):
    """The share of good calls before the fault, and how many times a stretch's variance exceeds the binomial one."""

    share: float = 1.0
    dispersion: float = 1.0


def recovery(evidence: Evidence) -> Measurement | None:
    """Seconds from the end of the last fault until the client has recovered; None when no fault ends in the run.

    `high` is None where it had not recovered when the last journey arrived: it may never recover. The interval
    is the resolution of the stretches.
    """
    if evidence.trigger_s is None or evidence.window.end_s - evidence.trigger_s[1] < STRETCH_S:
        return None
    begin_s, end_s = evidence.trigger_s[1], evidence.window.end_s
    calls = by_schedule(evidence.calls)
    at_s, good = calls["scheduled_s"].to_numpy(float), _good(calls, evidence.slo.p99_limit_s)
    normal = _normal(at_s, good, evidence)
    starts = np.arange(begin_s, end_s - STRETCH_S + 1e-9, STEP_S)
    bad = np.flatnonzero(lacking(*_counts(at_s, good, starts, starts + STRETCH_S), normal))
    took_s = float(starts[bad[-1]] + STEP_S - begin_s) if len(bad) else 0.0
    rest = _counts(at_s, good, np.array([begin_s + took_s]), np.array([end_s]))
    back = took_s <= end_s - begin_s - STRETCH_S and not lacking(*rest, normal)[0]
    return Measurement(
        name="recovery",
        value=took_s if back else end_s - begin_s,
        unit="s",
        n=int((at_s >= begin_s).sum()),
        low=max(0.0, took_s - STEP_S) if back else end_s - begin_s,
        high=took_s + STRETCH_S if back else None,
    )


def _good(calls: pd.DataFrame, limit_s: float | None) -> NDArray[np.bool_]:
    well = ~is_error(calls)
    if limit_s is not None:
        well &= calls["latency_s"] <= limit_s
    return well.to_numpy(bool)


def _normal(at_s: Floats, good: NDArray[np.bool_], evidence: Evidence) -> Normal:
    """What the client did before the fault; all calls good where there are too few to tell."""
    assert evidence.trigger_s is not None  # noqa: S101
    until_s = evidence.trigger_s[0]
    since_s = evidence.slo.warmup_s if evidence.slo.warmup_s < until_s - STRETCH_S else 0.0
    edges = np.arange(since_s, until_s - STRETCH_S + 1e-9, STRETCH_S)
    n, well = _counts(at_s, good, np.array([since_s]), np.array([until_s]))
    if n[0] < _FEWEST_CALLS:
        return Normal()
    share, dispersion = float(well[0] / n[0]), 1.0
    if len(edges) >= _FEWEST_STRETCHES and 0 < share < 1:
        counts, wells = _counts(at_s, good, edges, edges + STRETCH_S)
        squares = (wells - share * counts) ** 2 / np.maximum(share * (1 - share) * counts, 1e-9)
        dispersion = max(1.0, float(squares.sum() / (len(edges) - 1)))
    return Normal(share, dispersion)


def _counts(at_s: Floats, good: NDArray[np.bool_], starts: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """The calls and the good calls scheduled in each stretch, each of shape (stretches,)."""
    first, last = np.searchsorted(at_s, starts), np.searchsorted(at_s, ends)
    wells = np.concatenate([[0], np.cumsum(good)])
    return (last - first).astype(float), (wells[last] - wells[first]).astype(float)


def lacking(n: Floats, good: Floats, normal: Normal) -> NDArray[np.bool_]:
    """Which stretches of n calls have fewer good ones than 95% of the normal share, by more than chance."""
    wanted = ENOUGH * normal.share
    chance = CHANCE * np.sqrt(n * wanted * (1 - wanted) * normal.dispersion)
    return good < n * wanted - chance
