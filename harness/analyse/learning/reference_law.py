"""The law of service times as requests show it that did not wait, as a density that further ones are judged by."""

from __future__ import annotations

import numpy as np

from harness.analyse.stats.effective_size import Floats, Ints

LINEAR_RATIO, WIDTH, CELLS_PER_WIDTH, OUTLIERS = 0.2, 0.1, 4, 0.01
"""Up to a fifth of the median the scale is linear, then logarithmic; a kernel is a tenth wide on it, and one of a
hundred times is anything, because clocks and clients are late now and then."""


class ReferenceLaw:
    """A density of times, estimated with a normal kernel on the scale of the inverse hyperbolic sine.

    On that scale, times of 0 and less have their place, and long times a kernel in proportion to them.
    """

    def __init__(self, times_s: Floats, least_s: float, most_s: float) -> None:
        """`times_s` are at least one; all times that will be judged lie between the other two."""
        self._linear_s = LINEAR_RATIO * float(np.median(times_s)) or 1e-9
        low, high = (float(np.arcsinh(end_s / self._linear_s)) for end_s in (least_s, most_s))
        self._low, self._cell = low - 1.0, WIDTH / CELLS_PER_WIDTH
        cells = int((high - low + 2.0) / self._cell) + 1
        counts = np.bincount(self._cells(times_s, cells), minlength=cells)
        steps = np.arange(-4 * CELLS_PER_WIDTH, 4 * CELLS_PER_WIDTH + 1) / CELLS_PER_WIDTH
        kernel = np.exp(-0.5 * steps**2)
        density = np.convolve(counts, kernel / kernel.sum(), "same") / len(times_s) / self._cell
        self._logarithms: Floats = np.log((1.0 - OUTLIERS) * density + OUTLIERS / (high - low + 2.0))

    def log_likelihood(self, times_s: Floats) -> float:
        """The sum of the logarithms of the density at these times."""
        of_scale = self._logarithms[self._cells(times_s, len(self._logarithms))]
        return float((of_scale - 0.5 * np.log(times_s**2 + self._linear_s**2)).sum())

    def _cells(self, times_s: Floats, cells: int) -> Ints:
        found = (np.arcsinh(times_s / self._linear_s) - self._low) / self._cell
        return np.clip(found.astype(np.int64), 0, cells - 1)
