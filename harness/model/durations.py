"""The durations and rates that a policy may have: those that clocks, locks and sockets can wait for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

YEAR_S = 31_536_000

Seconds = Annotated[float, Field(gt=0, le=YEAR_S)]
"""A timeout, or a time after which something happens."""
WaitSeconds = Annotated[float, Field(ge=0, le=YEAR_S)]
"""A wait, which may be none."""
WindowSeconds = Annotated[float, Field(ge=0.001, le=YEAR_S)]
"""The last seconds in which something is counted."""
RatePerSecond = Annotated[float, Field(ge=1e-6, le=1e9)]
"""How often something may happen; once in twelve days is the least."""
