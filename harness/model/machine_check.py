"""The measured limits of a machine, from `surgeline doctor`; later runs cite them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen


class MachineCheck(Frozen):
    """A machine's measurements by name, and the calls a second at which the driver last kept its schedule."""

    made_at: Annotated[datetime, Field(strict=False)]
    machine: dict[str, str | int | float]
    driver_ceiling_per_s: float
    measurements: tuple[Measurement, ...]
    remarks: tuple[str, ...] = ()
