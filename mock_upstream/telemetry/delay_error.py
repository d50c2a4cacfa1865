"""The difference between the upstream's actual and intended delays: the measurement error of the upstream."""

from bisect import bisect_left

BOUNDS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)


class DelayErrors:
    """A histogram since the start, and the last few thousand errors for quantiles; seconds."""

    __slots__ = ("_next", "_recent", "counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0
        self._recent: list[float] = []
        self._next = 0

    def add(self, error_s: float) -> None:
        """Add one error: actual minus intended."""
        self.counts[bisect_left(BOUNDS_S, error_s)] += 1
        self.total_s += error_s
        if len(self._recent) < 4096:
            self._recent.append(error_s)
        else:
            self._recent[self._next] = error_s
            self._next = (self._next + 1) % 4096

    def quantiles(self) -> dict[str, float]:
        """Return n (of the recent ones), p50, p99 and max in seconds; zeros when there are none."""
        recent = sorted(self._recent)
        if not recent:
            return {"n": 0, "p50_s": 0.0, "p99_s": 0.0, "max_s": 0.0}
        n = len(recent)
        return {
            "n": n,
            "p50_s": recent[(n - 1) // 2],
            "p99_s": recent[(n * 99 - 1) // 100],
            "max_s": recent[-1],
        }
