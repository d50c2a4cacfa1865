"""Everything the charts of one run need, read and reduced in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from time import monotonic

import pandas as pd

from dashboard.data import upstream_frames
from dashboard.data.event_spans import spans, spans_within, standing
from dashboard.data.failure_table import failures
from dashboard.data.frame_json import Frame
from dashboard.data.guard_frames import GuardFrames, guard_frames
from dashboard.data.live_numbers import LiveNumbers, live_numbers, whole_s
from dashboard.data.pulled_levers import pulled_levers
from dashboard.data.rollout_frames import RolloutFrames, rollout_frames
from dashboard.data.run_window import ShownWindow, bin_of
from dashboard.data.sample_bins import added_up
from dashboard.data.service_frames import service_frame
from dashboard.data.shadow_frames import ShadowFrames, shadow_frames
from harness.analyse.measure import timeline
from harness.analyse.measure.columns import counted_in, percentile_s
from harness.model.quantities import LATENCY
from harness.record.machine import boot_id
from harness.record.notes import notes
from harness.record.reader import Record

POOL_COUNTS = ["maxsize", "in_use", "idle", "waiting"]


@dataclass(frozen=True, slots=True)
class RunFrames:
    """One run's frames, reduced to what a screen can show; as far as the run has been written.

    They are about the seconds from `from_s` until before `until_s`, where the time axis begins and ends. `calls` counts
    those that ended in them. `seconds` is timeline.per_second, `parts` is timeline.anatomy, `retries` has at_s, end_s,
    reason and retries per second, `quantiles` has quantile and value_s of latency after the warm-up as far as it is
    reached, `pool` is summed over hosts and processes. `cells` and `served` are those of upstream_frames, `failures` is
    that of failure_table, `service` that of service_frames. `live` is known while the run is live only. `source` names
    the ended run and the seconds that they are of, as it was written last; "" where that is not known.
    """

    bin_s: float
    from_s: float
    until_s: float
    calls: int
    seconds: Frame
    parts: Frame
    retries: Frame
    pool: Frame
    guards: GuardFrames
    rollout: RolloutFrames | None
    shadow: ShadowFrames | None
    spans: Frame
    standing: tuple[str, ...]
    pulled: Frame
    quantiles: Frame
    cells: Frame
    served: Frame
    failures: Frame
    service: Frame
    live: LiveNumbers
    source: str = ""

    @property
    def known_s(self) -> float:
        """The end of the last second of which anything is known."""
        return float(self.seconds["at_s"].max()) + self.bin_s if len(self.seconds) else 0.0


def run_frames(record: Record, window: ShownWindow | None = None) -> RunFrames:
    """Reads a run once and reduces it, or some seconds of it; an empty run gives empty frames with the same columns."""
    # First: it says up to when the calls are whole.
    driver = record.table("driver") if record.end is None else None
    calls = record.calls()
    scenario = record.run.scenario
    last_s = float(calls["ended_s"].max()) if len(calls) else 0.0
    over = record.end is not None and record.end.state == "complete"
    whole = ShownWindow(0.0, _axis_end_s(scenario.duration_s, last_s, over=over))
    shown = window or whole
    bin_s = bin_of(shown.until_s - shown.from_s)
    events, shown_until_s = record.table("events"), whole.until_s if over else last_s
    slo = scenario.slo
    counted = counted_in(calls[calls["scheduled_s"] >= slo.warmup_s], LATENCY.name, slo.failed_calls)
    known_s = inf if driver is None else whole_s(driver, scenario.service.processes)
    seconds = timeline.per_second(calls, bin_s, driver, slo.failed_calls)
    ended = _within(calls, shown, "ended_s")
    attempts = _within(record.table("attempts", ["started_s", "reason"]), shown, "started_s")
    served = record.table("served", list(upstream_frames.COLUMNS))
    return RunFrames(
        bin_s=bin_s,
        from_s=shown.from_s,
        until_s=shown.until_s,
        calls=len(ended),
        seconds=_within(seconds[seconds["at_s"] + bin_s <= known_s], shown),
        parts=timeline.anatomy(ended, bin_s),
        retries=_retries(attempts, bin_s),
        pool=added_up(_within(record.table("pool"), shown), POOL_COUNTS),
        guards=guard_frames(record, window),
        rollout=rollout_frames(record, window),
        shadow=shadow_frames(record, window),
        spans=spans_within(spans(events, shown_until_s, notes(record.folder)), shown.from_s, shown.until_s),
        standing=tuple(standing(events, shown_until_s)),
        pulled=_within(pulled_levers(events), shown),
        quantiles=timeline.distribution(percentile_s(counted, LATENCY.name)),
        cells=upstream_frames.cells(ended, shown.until_s, shown.from_s),
        served=_within(upstream_frames.per_second(served, bin_s), shown),
        failures=failures(ended),
        service=service_frame(_within(record.table("service"), shown)),
        live=LiveNumbers() if driver is None else live_of(record, driver, calls),
    )


def live_seconds(record: Record) -> tuple[pd.DataFrame, LiveNumbers]:
    """The whole seconds of a live run so far, as timeline.per_second has them, and the numbers of the last one."""
    driver = record.table("driver")
    calls, scenario = record.calls(), record.run.scenario
    seconds = timeline.per_second(calls, 1.0, driver, scenario.slo.failed_calls)
    whole = seconds[seconds["at_s"] + 1.0 <= whole_s(driver, scenario.service.processes)]
    return whole, live_of(record, driver, calls)


def live_of(record: Record, driver: pd.DataFrame, calls: pd.DataFrame) -> LiveNumbers:
    """The numbers of a run that is written to, from its tables; on its own machine their age is known.

    `driver` must have been read before `calls`: else calls of the last second that it reports on would be missing.
    """
    if record.state != "live":
        return LiveNumbers()
    run = record.run
    now_s = monotonic() - run.epoch_s if run.boot_id and run.boot_id == boot_id() else -inf
    return live_numbers(calls, driver, run.scenario.slo, run.scenario.service.processes, now_s)


def _within(frame: pd.DataFrame, window: ShownWindow, column: str = "at_s") -> pd.DataFrame:
    """The rows whose moment lies in the window. What happened before the start belongs to the first second."""
    at_s = frame[column]
    from_s = window.from_s if window.from_s > 0 else -inf
    inside: pd.DataFrame = frame[(at_s >= from_s) & (at_s < window.until_s)].reset_index(drop=True)
    return inside


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
