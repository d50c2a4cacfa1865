"""One epoch on several machines: each machine has its own monotonic clock, and the wall clock is shared."""

from __future__ import annotations

from time import monotonic, time

from harness.model.driver_messages import Go
from harness.record.machine import boot_id


def epoch_here(go: Go) -> float:
    """The run's epoch on this machine's monotonic clock.

    On the lab's own machine it is exact. Elsewhere it comes by way of the wall clock, and is as good as the
    machines' time synchronisation.
    """
    if go.boot_id == boot_id():
        return go.epoch_s
    return monotonic() + go.epoch_wall_s - time()
