"""The clock of a live incident: how long ago the trigger ended, and whether the client has recovered.

Recovered means that at least 95% of the calls were good, of those offered or ended, whichever are more, and that p99
meets the SLO, both for five seconds in a row that last until now. The clock is not more favourable than `recovery`,
which measures at the run's end: three calls may be missing in a stretch of two seconds, and no more than chance
explains in all of them together; a backlog that is worked off does not make up for calls that fail meanwhile. A second
in which nothing was offered or no call ended does not count as recovered.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
import pandas as pd

from harness.analyse.measure.recovery import ENOUGH, STRETCH_S, Normal, lacking
from harness.analyse.stats.effective_size import Floats

HELD_S = 5.0
SLACK_CALLS = 3.0

Phase = Literal["before", "trigger", "waiting", "back"]


@dataclass(frozen=True, slots=True)
class RecoveryClock:
    """The state of an incident. `since_s` counts from the trigger's end: until now, or until recovery.

    In the phases `before` and `trigger` it counts down, to the trigger's start and to its end. `held_s` is for how
    long goodput and p99 have both been good. `goodput_ratio` (of what was offered) and `p99_s` are of the last
    whole stretch; `p99_limit_s` is None where the SLO has no limit of p99.
    `p99_s` is infinite where failed calls reach it. `good_per_s` of `due_per_s` calls a second were good in the last
    whole stretch; those due were offered or ended, whichever are more.
    """

    phase: Phase
    since_s: float
    held_s: float
    good_ratio: float | None
    p99_s: float | None
    p99_limit_s: float | None
    good_per_s: float = 0.0
    due_per_s: float = 0.0

    @property
    def enough_good(self) -> bool:
        """Whether enough calls of the last stretch were good."""
        return self.good_ratio is not None and self.good_ratio >= ENOUGH

    @property
    def p99_well(self) -> bool:
        """Whether p99 met its limit in the last stretch, if it has one; not when no call ended in it."""
        return self.p99_s is not None and (self.p99_limit_s is None or self.p99_s <= self.p99_limit_s)


def recovery_clock(
    seconds: pd.DataFrame, bin_s: float, trigger_s: tuple[float, float], limit_s: float | None, now_s: float
) -> RecoveryClock:
    """The clock at `now_s`. `seconds` is timeline.per_second in bins of `bin_s`; bins that end later do not count."""
    known = seconds[seconds["at_s"] + bin_s <= now_s + 1e-9]
    counts = known[["offered", "ended", "goodput"]] * bin_s
    n, good = _stretches(counts.rolling(max(1, round(STRETCH_S / bin_s)), min_periods=1).sum())
    p99 = known["p99_s"].to_numpy(float)
    ratio = float(good[-1] / n[-1]) if len(known) and n[-1] > 0 else None
    last_p99 = float(p99[-1]) if len(known) and not np.isnan(p99[-1]) else None
    length_s = min(STRETCH_S, len(known) * bin_s) if bin_s <= STRETCH_S else bin_s
    rates = (float(good[-1]) / length_s, float(n[-1]) / length_s) if len(known) else (0.0, 0.0)
    last = (ratio, last_p99, limit_s, *rates)
    if now_s < trigger_s[1]:
        phase: Phase = "before" if now_s < trigger_s[0] else "trigger"
        return RecoveryClock(phase, trigger_s[phase == "trigger"] - now_s, 0.0, *last)
    enough = (good > 0) & (good >= ENOUGH * n - SLACK_CALLS) & ~lacking(n, good, Normal())
    fine = enough & ~np.isnan(p99) & ~(p99 > (np.inf if limit_s is None else limit_s))
    starts: Floats = known["at_s"].to_numpy(float)
    after = starts >= trigger_s[1] - 1e-9
    begin_s, held_s = _first_held(starts[after], fine[after], bin_s)
    if (
        begin_s is not None
        and lacking(*_stretches(counts[starts >= begin_s].sum().to_frame().T), Normal())[0]
    ):
        begin_s, held_s = None, 0.0
    if begin_s is not None:
        return RecoveryClock("back", max(0.0, begin_s - trigger_s[1]), held_s, *last)
    return RecoveryClock("waiting", now_s - trigger_s[1], held_s, *last)


def _stretches(counts: pd.DataFrame) -> tuple[Floats, Floats]:
    """The calls that each stretch is judged by, and the good ones among them."""
    return counts[["offered", "ended"]].max(axis="columns").to_numpy(float), counts["goodput"].to_numpy(float)


def _first_held(starts: Floats, fine: np.ndarray, bin_s: float) -> tuple[float | None, float]:
    """When the stretch of at least five fine seconds began that still holds, or None, and how long the last one is."""
    needed, run, begin_s = ceil(HELD_S / bin_s), 0, None
    for start, good in zip(starts, fine, strict=True):
        run = run + 1 if good else 0
        if not run:
            begin_s = None
        elif run == needed:
            begin_s = float(start - (needed - 1) * bin_s)
    return begin_s, run * bin_s
