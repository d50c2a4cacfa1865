"""What a run showed that no file says, and for which predictions it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator

from harness.model.formatting import format_value
from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile

CALIBRATION_SCHEMA, MOST_OVERHEAD_S = 1, 60.0
OVERHEAD_S = 0.002
"""What a call takes in client, network and upstream beyond its service time where no run has shown it."""
RATE_FACTOR = 2.0
"""By this factor the attempts per second of a prediction may differ from those of the calibrated run."""

Outside = Literal["another machine", "busier", "calmer"]
"""In which respect a prediction is outside of the calibrated region."""


class Calibration(Frozen):
    """What a call takes beyond its service time on a machine, from one run, and where its target was, the server.

    `overhead` is in seconds for each attempt. `busiest_per_s` is how many attempts began in the run's busiest second.
    `upstream` is None where the target was surgeline's own upstream, which its file describes; else it is what was
    learned of the server at `target`.
    """

    schema_version: int = CALIBRATION_SCHEMA
    run: str
    policy: str
    scenario: str
    made_at: Annotated[datetime, Field(strict=False)]
    machine: dict[str, str | int | float]
    overhead: Measurement
    busiest_per_s: Annotated[float, Field(ge=0)]
    target: str = ""
    upstream: Profile | None = None

    @field_validator("overhead")
    @classmethod
    def _a_time(cls, value: Measurement) -> Measurement:
        if value.value is None or not 0 <= value.value <= MOST_OVERHEAD_S:
            raise ValueError(f"must have a value of 0 to {MOST_OVERHEAD_S:g} seconds")
        return value

    @property
    def region_per_s(self) -> tuple[float, float]:
        """For how many attempts in the busiest second it holds, from and to."""
        return self.busiest_per_s / RATE_FACTOR, self.busiest_per_s * RATE_FACTOR

    def outside(self, busiest_per_s: float, machine: Mapping[str, str | int | float]) -> Iterator[Outside]:
        """In which respects a prediction with so many attempts in its busiest second on `machine` is outside."""
        low, high = self.region_per_s
        if dict(machine) != self.machine:
            yield "another machine"
        if busiest_per_s > high:
            yield "busier"
        if busiest_per_s < low:
            yield "calmer"


def overhead_of(found: Calibration | None) -> float:
    """Seconds that a call takes beyond its service time: as a run has shown, else as assumed."""
    return OVERHEAD_S if found is None else found.overhead.number


def overhead_sentence(overhead_s: float, run: str = "") -> str:
    """The same as a sentence; `run` is the one that showed it, "" where it is assumed."""
    took = f"A call takes {format_value(overhead_s, 's')} beyond its service time"
    if run:
        return f"{took}, as the run {run} showed."
    return f"{took}, which is assumed; surgeline calibrate RUN measures it on this machine."


def calibration_sentence(found: Calibration | None) -> str:
    """The same of a calibration."""
    return overhead_sentence(overhead_of(found), "" if found is None else found.run)
