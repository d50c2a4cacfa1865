"""Counts over the last seconds, as harness/session/resilience/sliding_window.py keeps them.

The state is one array of integers: the slice of now, the totals of all slices, the marked ones of all slices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.session.resilience.sliding_window import SLICES
from harness.twin.compiled import njit

Window = NDArray[np.int64]
SIZE = 1 + 2 * SLICES


@njit
def add(window: Window, slice_s: float, now: float, total: int, marked: int) -> None:
    """Counts `total` events now, and `marked` marked ones."""
    _turn(window, slice_s, now)
    place = window[0] % SLICES
    window[1 + place] += total
    window[1 + SLICES + place] += marked


@njit
def counts(window: Window, slice_s: float, now: float) -> tuple[int, int]:
    """(events, marked events) of the last span."""
    _turn(window, slice_s, now)
    total, marked = 0, 0
    for place in range(1, 1 + SLICES):
        total += window[place]
        marked += window[place + SLICES]
    return total, marked


@njit
def clear(window: Window) -> None:
    """Resets all counts."""
    window[1:] = 0


@njit
def _turn(window: Window, slice_s: float, now: float) -> None:
    at, last = int(now / slice_s), window[0]
    if at == last:
        return
    if at > last + SLICES:
        window[1:] = 0
    else:
        for step in range(last + 1, at + 1):
            window[1 + step % SLICES] = 0
            window[1 + SLICES + step % SLICES] = 0
    window[0] = max(last, at)
