"""Some seconds of a run, reduced so that several pieces can be put together to the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import pandas as pd

from dashboard.data import upstream_frames
from dashboard.data.failure_table import added_outcomes, outcomes
from dashboard.data.guard_piece import GuardPiece, guard_piece, joined_guards
from dashboard.data.live_numbers import whole_s
from dashboard.data.run_window import ShownWindow
from dashboard.data.sample_bins import added_up, in_sequence, stretch_s
from dashboard.data.service_frames import service_frame
from harness.analyse.measure import timeline
from harness.record.reader import Record

POOL_COUNTS = ["maxsize", "in_use", "idle", "waiting"]
ATTEMPT = ["started_s", "reason", "hedge", "lost", "unhedged"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The time axis of which a piece is a part: the length of a bin, and of a cell of the heat map, in seconds."""

    bin_s: float
    cell_s: float


@dataclass(frozen=True, slots=True)
class RunPiece:
    """Whole bins of a run. `calls` counts those that ended in them; `unhedged` the attempts without a hedge, by reason.

    `seconds` is timeline.per_second, `parts` is timeline.anatomy, `retries` has at_s, end_s, reason and retries per
    second, `hedges` has at_s, won and lost of each bin with an attempt, `pool` is summed over hosts and processes.
    `cells` and `served` are those of upstream_frames, `outcomes` those of failure_table, `service` is service_frames'.
    """

    calls: int
    seconds: pd.DataFrame
    parts: pd.DataFrame
    retries: pd.DataFrame
    hedges: pd.DataFrame
    unhedged: Counter[str]
    pool: pd.DataFrame
    cells: pd.DataFrame
    served: pd.DataFrame
    outcomes: pd.DataFrame
    service: pd.DataFrame
    guards: GuardPiece


def run_piece(
    record: Record,
    shown: ShownWindow,
    grid: Grid,
    driver: pd.DataFrame | None,
    calls: pd.DataFrame | None = None,
) -> RunPiece:
    """Reads what touches these seconds once, and reduces it. A live run's `driver` must have been read before it."""
    calls = record.calls() if calls is None else calls
    ended = within(calls, shown, "ended_s")
    attempts = within(record.table("attempts", ATTEMPT), shown, "started_s")
    served = record.table("served", list(upstream_frames.COLUMNS))
    return RunPiece(
        calls=len(ended),
        seconds=_seconds(record, calls, shown, grid, driver),
        parts=timeline.anatomy(ended, grid.bin_s),
        retries=_retries(attempts, grid.bin_s),
        hedges=_hedges(attempts, grid.bin_s),
        unhedged=Counter(str(reason) for reason in attempts["unhedged"] if reason),
        pool=added_up(within(record.table("pool"), shown), POOL_COUNTS, stretch_s(grid.bin_s)),
        cells=upstream_frames.cells(ended, shown.until_s, shown.from_s, grid.cell_s),
        served=within(upstream_frames.per_second(served, grid.bin_s), shown),
        outcomes=outcomes(ended),
        service=service_frame(within(record.table("service"), shown), grid.bin_s),
        guards=guard_piece(record, shown, stretch_s(grid.bin_s)),
    )


def seconds_of(record: Record, shown: ShownWindow, grid: Grid, driver: pd.DataFrame | None) -> pd.DataFrame:
    """The same of timeline.per_second alone."""
    return _seconds(record, record.calls(), shown, grid, driver)


def _seconds(
    record: Record, calls: pd.DataFrame, shown: ShownWindow, grid: Grid, driver: pd.DataFrame | None
) -> pd.DataFrame:
    scenario = record.run.scenario
    found = timeline.per_second(calls, grid.bin_s, driver, scenario.slo.failed_calls)
    known_s = inf if driver is None else whole_s(driver, scenario.service.processes)
    return within(found[found["at_s"] + grid.bin_s <= known_s], shown)


def joined(pieces: Sequence[RunPiece], grid: Grid) -> RunPiece:
    """Neighbouring pieces as one."""
    if len(pieces) == 1:
        return pieces[0]

    def together(name: str) -> pd.DataFrame:
        return in_sequence([getattr(piece, name) for piece in pieces])

    return RunPiece(
        calls=sum(piece.calls for piece in pieces),
        seconds=together("seconds"),
        parts=together("parts"),
        retries=together("retries"),
        hedges=together("hedges"),
        unhedged=sum((piece.unhedged for piece in pieces), Counter[str]()),
        pool=together("pool"),
        cells=together("cells"),
        served=upstream_frames.filled(together("served"), grid.bin_s),
        outcomes=added_outcomes([piece.outcomes for piece in pieces]),
        service=together("service"),
        guards=joined_guards([piece.guards for piece in pieces]),
    )


def within(frame: pd.DataFrame, window: ShownWindow, column: str = "at_s") -> pd.DataFrame:
    """The rows whose moment lies in the window. What happened before the start belongs to the first second."""
    at_s = frame[column]
    from_s = window.from_s if window.from_s > 0 else -inf
    inside: pd.DataFrame = frame[(at_s >= from_s) & (at_s < window.until_s)].reset_index(drop=True)
    return inside


def _retries(attempts: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """Retried attempts per second by reason, in bins of `bin_s`."""
    retried = attempts[attempts["reason"] != ""]
    at_s = (retried["started_s"] // bin_s * bin_s).rename("at_s")
    counted = retried.groupby([at_s, "reason"], observed=True).size().rename("retries").reset_index()
    return counted.assign(retries=counted["retries"] / bin_s, end_s=counted["at_s"] + bin_s)


def _hedges(attempts: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """How many hedges won and lost in each bin in which an attempt began."""
    hedge, lost = attempts["hedge"].astype(bool), attempts["lost"].astype(bool)
    at_s = (attempts["started_s"] // bin_s * bin_s).rename("at_s")
    return pd.DataFrame({"won": hedge & ~lost, "lost": hedge & lost}).groupby(at_s).sum().reset_index()
