"""One attempt as the upstream's own ledger has it. Times are seconds since the run's epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Served:
    """One row of the record's table `served`; durations are seconds.

    `attempt` counts from 0, as `Attempt.number`. `actual_delay_s` spans from the arrival to the first byte of the
    response, or to the end where nothing was sent; `status` is then 0. `fault` names the faults that hit, joined by
    "+"; "" for none, "overflow" for a full queue.
    """

    attempt: int
    arrived_s: float
    ended_s: float
    region: str = ""
    queue_wait_s: float = 0.0
    service_s: float = 0.0
    actual_delay_s: float = 0.0
    fault: str = ""
    status: int = 0
    client_gone: bool = False

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults that hit this attempt, each by its name."""
        return tuple(self.fault.split("+")) if self.fault else ()
