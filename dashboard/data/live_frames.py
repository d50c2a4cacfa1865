"""A live run, looked at again and again: each look reads what is new, and keeps what the earlier ones have reduced."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd

from dashboard.data.live_numbers import LiveNumbers, whole_s
from dashboard.data.run_frames import RunFrames, frames_of, live_of, shown_seconds
from dashboard.data.run_piece import Grid, joined, run_piece, seconds_of
from dashboard.data.run_window import ShownWindow
from dashboard.data.sample_bins import in_sequence
from harness.analyse.measure.guards import COUNTS_AT_MOST_S
from harness.record.followed_run import FollowedRun
from harness.record.reader import Record

PIECES, SHORTEST_S = 40, 10.0
AXES_KEPT = 4

Part = TypeVar("Part")
Part_co = TypeVar("Part_co", covariant=True)
Axis = tuple[float, float, Grid, str]


class Reduced(Protocol[Part_co]):
    """What reduces some seconds of a record to a part of what is shown."""

    __name__: str

    def __call__(
        self, record: Record, shown: ShownWindow, grid: Grid, driver: pd.DataFrame | None, /
    ) -> Part_co: ...


class LiveFrames:
    """The pieces of one live run that no further row has touched since they were reduced.

    A piece is kept once every process has reported on all of it; a row that comes later, as that of a long call does,
    makes it anew. What a look needs of memory and time does not depend on how long the run already takes.
    """

    def __init__(self, folder: Path) -> None:
        self._followed, self._lock = FollowedRun(folder), Lock()
        self._kept: dict[Axis, dict[ShownWindow, Any]] = {}

    def frames(self, record: Record, window: ShownWindow | None = None) -> RunFrames:
        """What run_frames says of the run so far, or of some seconds of it, without the quantiles."""
        with self._lock:
            driver = self._looked(record)
            last_s = self._followed.last_s
            shown, grid = shown_seconds(record, last_s, window)
            piece = joined(self._parts(record, shown, grid, driver, run_piece), grid)
            return replace(frames_of(record, piece, last_s, window), live=self._live(record, driver))

    def seconds(self, record: Record) -> tuple[pd.DataFrame, LiveNumbers]:
        """The whole seconds of the run so far, as timeline.per_second has them, and the numbers of the last one."""
        with self._lock:
            driver = self._looked(record)
            shown, _ = shown_seconds(record, self._followed.last_s, None)
            parts = self._parts(record, shown, Grid(1.0, 1.0), driver, seconds_of)
            return in_sequence(parts), self._live(record, driver)

    def numbers(self, record: Record) -> LiveNumbers:
        """The numbers of the last whole second."""
        with self._lock:
            return self._live(record, self._looked(record))

    def _looked(self, record: Record) -> pd.DataFrame:
        """The driver's table, read before what is new of the others; pieces that something new touches are dropped."""
        driver = record.table("driver")
        kept = {_reach(span) for pieces in self._kept.values() for span in pieces}
        touched = self._followed.look(kept)
        for pieces in self._kept.values():
            for span in [each for each in pieces if _reach(each) in touched]:
                del pieces[span]
        return driver

    def _parts(
        self, record: Record, shown: ShownWindow, grid: Grid, driver: pd.DataFrame, reduced: Reduced[Part]
    ) -> list[Part]:
        """These seconds in parts, those that are not kept made anew."""
        axis = (shown.from_s, shown.until_s, grid, reduced.__name__)
        kept = self._kept.pop(axis, {})
        self._kept = dict(list(self._kept.items())[1 - AXES_KEPT :]) | {axis: kept}
        known_s, found = whole_s(driver, record.run.scenario.service.processes), list[Part]()
        for span in _spans(shown, grid, self._followed.last_s):
            if span in kept:
                part = kept[span]
            else:
                part = reduced(self._followed.seconds(record, *_reach(span)), span, grid, driver)
            if span.until_s <= known_s:
                kept[span] = part
            found.append(part)
        return found

    def _live(self, record: Record, driver: pd.DataFrame) -> LiveNumbers:
        until_s = whole_s(driver, record.run.scenario.service.processes)
        return live_of(record, driver, self._followed.seconds(record, until_s - 1.0, inf).calls())


def _spans(shown: ShownWindow, grid: Grid, last_s: float) -> list[ShownWindow]:
    """The shown seconds in at most PIECES spans of whole cells; the last one is as long as nothing is known of it."""
    length_s = max(SHORTEST_S, (shown.until_s - shown.from_s) / PIECES)
    step_s = ceil(length_s / grid.cell_s) * grid.cell_s
    until_s = max(shown.from_s, min(last_s, shown.until_s - step_s))
    begins = [float(begin) for begin in np.arange(shown.from_s, until_s + step_s / 2, step_s)]
    return [ShownWindow(*ends) for ends in zip(begins, [*begins[1:], shown.until_s], strict=True)]


def _reach(span: ShownWindow) -> tuple[float, float]:
    """What a span is about: a guard's sample counts for a second, and what was before the start is in it."""
    return (span.from_s - COUNTS_AT_MOST_S if span.from_s > 0 else -inf), span.until_s + COUNTS_AT_MOST_S
