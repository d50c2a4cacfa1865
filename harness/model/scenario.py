"""What happens to the client: arrivals, journey, the service it lives in, a timeline of faults, an SLO."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import Field, field_validator

from harness.model.errors import Frozen
from harness.model.slo import Slo
from mock_upstream.profile import TimelineFault


class Service(Frozen):
    """What people deploy: gunicorn's workers and threads. A connection pool lives in one process."""

    processes: Annotated[int, Field(ge=1, le=1)] = 1
    threads: Annotated[int, Field(ge=1, le=5000)] = 64


class Arrivals(Frozen):
    """One phase of load: journeys start at `rate_per_s` for `duration_s`, whatever the client makes of it."""

    rate_per_s: Annotated[float, Field(gt=0)]
    duration_s: Annotated[float, Field(gt=0)]
    spacing: Literal["poisson", "constant"] = "poisson"


class Scenario(Frozen):
    """One experiment, complete but for the policy. `upstream` is a file, relative to the scenario's own."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    description: str = ""
    seed: Annotated[int, Field(ge=0)] = 0
    upstream: str
    journey: str
    service: Service = Service()
    arrivals: Annotated[tuple[Arrivals, ...], Field(min_length=1)]
    timeline: tuple[TimelineFault, ...] = ()
    drain_s: Annotated[float, Field(gt=0)] = 15.0
    slo: Slo = Slo()

    @field_validator("journey")
    @classmethod
    def _module_and_name(cls, value: str) -> str:
        if not re.match(r"^[\w.]+:\w+$", value):
            raise ValueError('must be written as "module:function"')
        return value

    @property
    def duration_s(self) -> float:
        """Seconds in which journeys arrive; the drain comes after."""
        return sum(phase.duration_s for phase in self.arrivals)

    @property
    def changes_s(self) -> tuple[float, ...]:
        """Moments at which the scenario itself changes the conditions: phases of arrivals, faults on and off."""
        ends = accumulate(phase.duration_s for phase in self.arrivals[:-1])
        faults = (t for entry in self.timeline for t in (entry.at_s, entry.at_s + (entry.for_s or 0.0)))
        return tuple(sorted({*ends, *faults}))
