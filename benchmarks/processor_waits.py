"""For how long the machine's other work kept processes from a processor, by the kernel's count (proc(5): schedstat)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EVERY_S = 0.1


def waited_s(pid: int) -> float:
    """Seconds that a process was ready to run and did not, since it began; 0 for one that is gone."""
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def children(pid: int) -> list[int]:
    """The children of a process that its first thread has started."""
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


class ProcessorWaits:
    """Samples of what a process and its children have waited."""

    def __init__(self) -> None:
        self._samples: list[tuple[float, dict[int, float]]] = []

    def sample(self, pid: int) -> None:
        """Adds what each has waited by now."""
        self._samples.append((time.monotonic(), {each: waited_s(each) for each in (pid, *children(pid))}))

    def age_s(self, at_s: float, least_s: float) -> float:
        """How long before `at_s` each process had been able to run for `least_s` since then."""
        samples = [sample for sample in self._samples if sample[0] <= at_s + EVERY_S]
        last: dict[int, float] = {}
        for _, waited in samples:
            last |= waited
        for then_s, waited in reversed(samples):
            excluded = max((last[each] - waited[each] for each in waited), default=0.0)
            if at_s - then_s - excluded >= least_s:
                return at_s - then_s
        return max(at_s - samples[0][0], least_s) if samples else least_s


@contextmanager
def sampled_waits(pid: int) -> Iterator[ProcessorWaits]:
    """Samples until the end of the block."""
    waits, over = ProcessorWaits(), threading.Event()

    def look() -> None:
        while not over.wait(EVERY_S):
            waits.sample(pid)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()
