"""Everything the charts of one run need, read and reduced in one pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf
from time import monotonic

import numpy as np
import pandas as pd

from dashboard.data.event_spans import spans, spans_within, standing
from dashboard.data.failure_table import failures
from dashboard.data.frame_json import Frame
from dashboard.data.guard_frames import GuardFrames, guard_frames
from dashboard.data.live_numbers import LiveNumbers, live_numbers
from dashboard.data.pulled_levers import pulled_levers
from dashboard.data.rollout_frames import RolloutFrames, rollout_frames
from dashboard.data.run_piece import Grid, RunPiece, run_piece, within
from dashboard.data.run_window import ShownWindow, bin_of
from dashboard.data.shadow_frames import ShadowFrames, shadow_frames
from dashboard.data.upstream_frames import cell_s
from harness.analyse.measure import timeline
from harness.analyse.measure.columns import counted_in, percentile_s
from harness.model.quantities import LATENCY
from harness.model.slo import Slo
from harness.record.machine import boot_id
from harness.record.notes import notes
from harness.record.reader import Record


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
    last_s = float(calls["ended_s"].max()) if len(calls) else 0.0
    shown, grid = shown_seconds(record, last_s, window)
    piece = run_piece(record, shown, grid, driver, calls)
    live = LiveNumbers() if driver is None else live_of(record, driver, calls)
    return replace(
        frames_of(record, piece, last_s, window),
        live=live,
        quantiles=_quantiles(calls, record.run.scenario.slo),
    )


def shown_seconds(record: Record, last_s: float, window: ShownWindow | None) -> tuple[ShownWindow, Grid]:
    """The seconds from the first to the last of the time axis, and its bins; `last_s` is when the last call ended."""
    shown = window or ShownWindow(
        0.0, _axis_end_s(record.run.scenario.duration_s, last_s, over=_is_over(record))
    )
    length_s = shown.until_s - shown.from_s
    return shown, Grid(bin_of(length_s), cell_s(length_s, bin_of(length_s)))


def frames_of(record: Record, piece: RunPiece, last_s: float, window: ShownWindow | None) -> RunFrames:
    """The frames of the shown seconds, which `piece` has, without live numbers and without quantiles."""
    shown, grid = shown_seconds(record, last_s, window)
    events = record.table("events")
    until_s = shown_seconds(record, last_s, None)[0].until_s if _is_over(record) else last_s
    return RunFrames(
        bin_s=grid.bin_s,
        from_s=shown.from_s,
        until_s=shown.until_s,
        calls=piece.calls,
        seconds=piece.seconds,
        parts=piece.parts,
        retries=piece.retries,
        pool=piece.pool,
        guards=guard_frames(record, piece, grid.bin_s),
        rollout=rollout_frames(record, window),
        shadow=shadow_frames(record, window),
        spans=spans_within(spans(events, until_s, notes(record.folder)), shown.from_s, shown.until_s),
        standing=tuple(standing(events, until_s)),
        pulled=within(pulled_levers(events), shown),
        quantiles=timeline.distribution(np.zeros(0)),
        cells=piece.cells,
        served=piece.served,
        failures=failures(piece.outcomes),
        service=piece.service,
        live=LiveNumbers(),
    )


def live_of(record: Record, driver: pd.DataFrame, calls: pd.DataFrame) -> LiveNumbers:
    """The numbers of a run that is written to, from its tables; on its own machine their age is known.

    `driver` must have been read before `calls`: else calls of the last second that it reports on would be missing.
    """
    if record.state != "live":
        return LiveNumbers()
    run = record.run
    now_s = monotonic() - run.epoch_s if run.boot_id and run.boot_id == boot_id() else -inf
    return live_numbers(calls, driver, run.scenario.slo, run.scenario.service.processes, now_s)


def _is_over(record: Record) -> bool:
    return record.end is not None and record.end.state == "complete"


def _quantiles(calls: pd.DataFrame, slo: Slo) -> pd.DataFrame:
    """The shape of the latencies after the warm-up."""
    counted = counted_in(calls[calls["scheduled_s"] >= slo.warmup_s], LATENCY.name, slo.failed_calls)
    return timeline.distribution(percentile_s(counted, LATENCY.name))


def _axis_end_s(planned_s: float, last_s: float, *, over: bool) -> float:
    """Where the time axis ends; while calls still drain it moves in steps of five seconds."""
    step_s = 1 if over or last_s <= planned_s else 5
    return float(ceil(max(planned_s, last_s) / step_s) * step_s)
