"""The calls that count, of one run or of several: what measurements need of them is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import duration_s, is_error, is_known
from harness.analyse.stats.effective_size import Floats, Ints, Series, worth_beyond
from harness.model.quantities import LATENCY
from harness.model.slo import FailedCalls


@dataclass(frozen=True)
class Sample:
    """The calls that count, of one run, or of several runs of one scenario after each other.

    `calls` are in the order of their schedule within each run, `phases` are the phases of the scenario in which they
    were scheduled, shape (calls,). Nothing was seen beyond `observed_s` of any run.
    """

    calls: pd.DataFrame
    phases: Ints
    failed_calls: FailedCalls
    observed_s: float
    most_attempts: int
    _covered: dict[str, Series] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def failed(self) -> NDArray[np.bool_]:
        """Which calls did not succeed, shape (calls,)."""
        return is_error(self.calls).to_numpy(bool)

    @cached_property
    def tail_design_effect(self) -> float:
        """The design effect to assume for what is rarer than anything in the sample."""
        return tail_design_effect(duration_s(self.calls, LATENCY.name), self.phases)

    def covered(self, quantity: str) -> Series:
        """A duration in seconds of each call that its percentiles cover, as they count it; without unknown ones."""
        if quantity not in self._covered:
            self._covered[quantity] = self._series(quantity)
        return self._covered[quantity]

    def bounding(self, quantity: str) -> tuple[Series, Series]:
        """What a duration's lower and its upper bound are taken from: unknown ones are 0, and infinite."""
        known = is_known(self.calls, quantity)
        if known.all():
            return self.covered(quantity), self.covered(quantity)
        seconds = duration_s(self.calls, quantity)
        least, most = (Series(np.where(known, seconds, unknown), self.phases) for unknown in (0.0, np.inf))
        return least, most

    def _series(self, quantity: str) -> Series:
        seconds = duration_s(self.calls, quantity)
        if quantity != LATENCY.name:
            known = is_known(self.calls, quantity)
            return Series(seconds[known], self.phases[known])
        if self.failed_calls == "apart":
            return Series(seconds[~self.failed], self.phases[~self.failed])
        return Series(np.where(self.failed, np.inf, seconds), self.phases)


def sample_of(runs: Sequence[Evidence]) -> Sample:
    """The counted calls of one or more runs of one scenario and one policy."""
    counted = [run.counted for run in runs]
    phases = [
        run.phases(calls["scheduled_s"].to_numpy(float)) for run, calls in zip(runs, counted, strict=True)
    ]
    return Sample(
        calls=counted[0] if len(runs) == 1 else pd.concat(counted, ignore_index=True),
        phases=np.concatenate(phases),
        failed_calls=runs[0].slo.failed_calls,
        observed_s=min(run.observed_s for run in runs),
        most_attempts=max(run.most_attempts for run in runs),
    )


def tail_design_effect(latency_s: Floats, phases: Ints) -> float:
    """The design effect of the slowest 0.1%, or 5 calls: how rare events cluster."""
    n = len(latency_s)
    slow = max(5, n // 1000)
    if n <= slow:
        return 1.0
    border = float(np.partition(latency_s, n - 1 - slow)[n - 1 - slow])
    return worth_beyond(latency_s, phases, border).design_effect
