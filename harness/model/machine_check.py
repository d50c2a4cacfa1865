"""The measured limits of a machine, from `surgeline doctor`; later runs cite them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from harness.model.run_effect import RunEffect
from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen


class MachineCheck(Frozen):
    """A machine's measurements by name, and the calls a second at which the driver last kept its schedule.

    `run_effect` is how much identical runs differed; None in a check of an earlier version.
    """

    made_at: Annotated[datetime, Field(strict=False)]
    machine: dict[str, str | int | float]
    driver_ceiling_per_s: float
    measurements: tuple[Measurement, ...]
    run_effect: RunEffect | None = None
    remarks: tuple[str, ...] = ()
