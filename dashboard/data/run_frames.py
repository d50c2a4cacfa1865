"""Everything the charts of one run need, read and reduced in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import pandas as pd

from dashboard.data import upstream_frames
from dashboard.data.event_spans import spans, standing
from dashboard.data.guard_frames import GuardFrames, guard_frames
from dashboard.data.pulled_levers import pulled_levers
from dashboard.data.sample_bins import added_up
from harness.analyse.measure import timeline
from harness.analyse.measure.columns import counted_in, percentile_s
from harness.model.quantities import LATENCY
from harness.record.reader import Record

BINS_AT_MOST = 300
POOL_COUNTS = ["maxsize", "in_use", "idle", "waiting"]


@dataclass(frozen=True, slots=True)
class RunFrames:
    """One run's frames, reduced to what a screen can show; as far as the run has been written.

    `seconds` is timeline.per_second, `parts` is timeline.anatomy, `retries` has at_s, end_s, reason and
    retries per second, `quantiles` has quantile and value_s of latency after the warm-up as far as it is reached,
    `pool` is summed over hosts and processes, `cells` and `served` are those of dashboard.data.upstream_frames.
    """

    bin_s: float
    until_s: float
    calls: int
    seconds: pd.DataFrame
    parts: pd.DataFrame
    retries: pd.DataFrame
    pool: pd.DataFrame
    guards: GuardFrames
    spans: pd.DataFrame
    standing: tuple[str, ...]
    pulled: pd.DataFrame
    quantiles: pd.DataFrame
    cells: pd.DataFrame
    served: pd.DataFrame


def run_frames(record: Record) -> RunFrames:
    """Reads a run once and reduces it; an empty run gives empty frames with the same columns."""
    calls = record.calls()
    scenario = record.run.scenario
    last_s = float(calls["ended_s"].max()) if len(calls) else 0.0
    over = record.end is not None and record.end.state == "complete"
    until_s = _axis_end_s(scenario.duration_s, last_s, over=over)
    bin_s = float(max(1, ceil(until_s / BINS_AT_MOST)))
    events, shown_until_s = record.table("events"), until_s if over else last_s
    slo = scenario.slo
    counted = counted_in(calls[calls["scheduled_s"] >= slo.warmup_s], LATENCY.name, slo.failed_calls)
    driver = record.table("driver") if record.end is None else None
    return RunFrames(
        bin_s=bin_s,
        until_s=until_s,
        calls=len(calls),
        seconds=timeline.per_second(calls, bin_s, driver, slo.failed_calls),
        parts=timeline.anatomy(calls, bin_s),
        retries=_retries(record.table("attempts", ["started_s", "reason"]), bin_s),
        pool=added_up(record.table("pool"), POOL_COUNTS),
        guards=guard_frames(record),
        spans=spans(events, shown_until_s),
        standing=tuple(standing(events, shown_until_s)),
        pulled=pulled_levers(events),
        quantiles=timeline.distribution(percentile_s(counted, LATENCY.name)),
        cells=upstream_frames.cells(calls, until_s),
        served=upstream_frames.per_second(record.table("served", list(upstream_frames.COLUMNS)), bin_s),
    )


def _axis_end_s(planned_s: float, last_s: float, *, over: bool) -> float:
    """Where the time axis ends; while calls still drain it moves in steps of five seconds."""
    step_s = 1 if over or last_s <= planned_s else 5
    return float(ceil(max(planned_s, last_s) / step_s) * step_s)


def _retries(attempts: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """Retried attempts per second by reason, in bins of `bin_s`."""
    retried = attempts[attempts["reason"] != ""]
    at_s = (retried["started_s"] // bin_s * bin_s).rename("at_s")
    counted = retried.groupby([at_s, "reason"], observed=True).size().rename("retries").reset_index()
    return counted.assign(retries=counted["retries"] / bin_s, end_s=counted["at_s"] + bin_s)
