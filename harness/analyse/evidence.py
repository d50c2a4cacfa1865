"""One run's frames, and which part of them counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.model.ending import EarlyEnd
from harness.model.slo import Slo


@dataclass(frozen=True, slots=True)
class CountedWindow:
    """The stretch of time that counts, in seconds since the run's epoch; `end_s` itself is outside."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds that count; 0 when the warm-up took everything."""
        return max(0.0, self.end_s - self.start_s)

    def holds(self, at_s: pd.Series[float]) -> pd.Series[bool]:
        """Which of these times lie inside."""
        return (at_s >= self.start_s) & (at_s < self.end_s)


@dataclass(frozen=True)
class Evidence:
    """The recorded data of one run. What follows from it is computed at its first use and kept, so it has no slots.

    Frames have the columns of the record's tables; `calls` has `latency_s` and its like too. They must not be changed.
    `duration_s` is how long journeys arrived. `early` is what ended the run before its last arrival, None for nothing.
    `changes_s` are the moments at which the scenario itself changed the conditions (a phase of arrivals, a fault, a
    lever): calls before and after one differ by design, not by chance. `trigger_s` is when the scenario's first fault
    began and its last one ended, None without one that ends. Calls scheduled from `cut_s` on do not count.
    `most_attempts` is how many a call may take by its policy. `schedule` is the same for runs of the same arrivals and
    seed, "" where it is not known.
    `service` has samples of a started service's processes, and none of another run. `upstream_workers` is how many
    requests the upstream serves at a time, None without a limit.
    """

    policy: str
    scenario: str
    seed: int
    slo: Slo
    duration_s: float
    calls: pd.DataFrame
    attempts: pd.DataFrame
    pool: pd.DataFrame
    driver: pd.DataFrame
    served: pd.DataFrame
    early: EarlyEnd | None = None
    changes_s: tuple[float, ...] = ()
    trigger_s: tuple[float, float] | None = None
    cut_s: float = float("inf")
    most_attempts: int = 2
    schedule: str = ""
    service: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"at_s": [], "cpu_ratio": []}))
    upstream_workers: int | None = None

    @property
    def window(self) -> CountedWindow:
        """From the end of the warm-up to the last arrival; for an interrupted run, to its end."""
        end_s = self.duration_s
        if self.early is not None:
            end_s = min(end_s, float(self.calls["ended_s"].max()) if len(self.calls) else 0.0)
        return CountedWindow(self.slo.warmup_s, end_s)

    def between(self, from_s: float, until_s: float) -> Evidence:
        """The same run, of which only the calls scheduled in these seconds count."""
        slo = self.slo.model_copy(update={"warmup_s": from_s})
        return replace(self, slo=slo, duration_s=until_s, cut_s=until_s)

    @cached_property
    def counted(self) -> pd.DataFrame:
        """The calls scheduled after the warm-up, in the order of their schedule.

        Steps of a journey that was under way when the last one arrived are among them.
        """
        calls = by_schedule(self.calls)
        counts_s = (self.slo.warmup_s, self.cut_s)
        first, last = np.searchsorted(calls["scheduled_s"].to_numpy(float), counts_s)
        return calls.iloc[first:last].reset_index(drop=True)

    @cached_property
    def observed_s(self) -> float:
        """Seconds from the schedule of the first counted call to the end of the record: nothing later was seen."""
        counted = self.counted
        return 0.0 if counted.empty else float(self.calls["ended_s"].max() - counted["scheduled_s"].iloc[0])

    def phases(self, at_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """The phase of the scenario, counted from 0, in which each of these times lies."""
        changes = np.unique(np.asarray(self.changes_s, dtype=float))
        return np.searchsorted(changes, at_s, side="right").astype(np.int64)


def by_schedule(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls in the order of their schedule; those that are in it already are returned as they are."""
    if calls["scheduled_s"].is_monotonic_increasing:
        return calls
    return calls.sort_values("scheduled_s", kind="stable", ignore_index=True)
