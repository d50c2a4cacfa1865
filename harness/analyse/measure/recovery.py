"""How long a client takes to recover after the last fault has ended, or that it does not recover.

Goodput has recovered when, in a stretch of two seconds and in every later one of the run, at least 95% as many calls
succeeded as were scheduled. A client in a retry storm stays far below that although its upstream is healthy again
(N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.measure.quantities import is_error
from harness.analyse.stats.effective_size import Floats
from harness.model.verdict import Measurement

ENOUGH = 0.95
STRETCH_S, STEP_S = 2.0, 0.5
SLACK_CALLS = 3.0


def recovery(evidence: Evidence) -> Measurement | None:
    """Seconds from the end of the last fault until goodput has recovered; None when no fault ends in the run.

    `high` is None where goodput had not recovered when the last journey arrived: it may never recover. The interval
    is the resolution of the stretches.
    """
    if evidence.trigger_s is None or evidence.window.end_s - evidence.trigger_s[1] < STRETCH_S:
        return None
    begin_s, end_s = evidence.trigger_s[1], evidence.window.end_s
    starts = np.arange(begin_s, end_s - STRETCH_S + 1e-9, STEP_S)
    well = _within(evidence.calls["ended_s"][~is_error(evidence.calls)], starts)
    wanted = _within(evidence.calls["scheduled_s"], starts)
    bad = np.flatnonzero(well < ENOUGH * wanted - SLACK_CALLS)
    n = int((evidence.calls["scheduled_s"] >= begin_s).sum())
    took_s = float(starts[bad[-1]] + STEP_S - begin_s) if len(bad) else 0.0
    back = not len(bad) or bad[-1] < len(starts) - 1
    return Measurement(
        name="recovery",
        value=took_s if back else end_s - begin_s,
        unit="s",
        n=n,
        low=max(0.0, took_s - STEP_S) if back else end_s - begin_s,
        high=took_s + STRETCH_S if back else None,
    )


def _within(at_s: pd.Series[float], starts: Floats) -> Floats:
    ordered = np.sort(at_s.to_numpy(float))
    counts = np.searchsorted(ordered, starts + STRETCH_S) - np.searchsorted(ordered, starts)
    return counts.astype(np.float64)
