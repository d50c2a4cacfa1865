"""What happens to the client: arrivals, journey, the service it lives in, a timeline of faults, an SLO."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from harness.model.arrivals import Closed, Phase
from harness.model.errors import Frozen
from harness.model.slo import Slo
from mock_upstream.profile import TimelineFault


class Service(Frozen):
    """What people deploy: gunicorn's workers and threads. A connection pool lives in one process."""

    processes: Annotated[int, Field(ge=1, le=64)] = 1
    threads: Annotated[int, Field(ge=1, le=5000)] = 64
    max_waiting: Annotated[int, Field(ge=0)] | None = None
    """How many journeys of one process may wait for a thread; one more is dropped and counted."""


class Scenario(Frozen):
    """One experiment, complete but for the policy. `upstream` is a file, relative to the scenario's own."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    description: str = ""
    seed: Annotated[int, Field(ge=0)] = 0
    upstream: str
    journey: str
    service: Service = Service()
    arrivals: Annotated[tuple[Phase, ...], Field(min_length=1)]
    timeline: tuple[TimelineFault, ...] = ()
    drain_s: Annotated[float, Field(gt=0)] = 15.0
    slo: Slo = Slo()

    @field_validator("journey")
    @classmethod
    def _module_and_name(cls, value: str) -> str:
        if not re.match(r"^[\w.]+:\w+$", value):
            raise ValueError('must be written as "module:function"')
        return value

    @model_validator(mode="after")
    def _closed_stands_alone(self) -> Scenario:
        if len(self.arrivals) > 1 and any(isinstance(phase, Closed) for phase in self.arrivals):
            raise ValueError("has a closed phase beside others; closed-loop users must be the only phase")
        return self

    @property
    def duration_s(self) -> float:
        """Seconds in which journeys arrive; the drain comes after."""
        return sum(phase.duration_s for phase in self.arrivals)

    @property
    def closed(self) -> Closed | None:
        """The closed-loop phase, which stands alone; None for open-loop arrivals."""
        first = self.arrivals[0]
        return first if isinstance(first, Closed) else None

    @property
    def changes_s(self) -> tuple[float, ...]:
        """Moments at which the scenario itself changes the conditions: edges of load, faults and levers."""
        edges, begin_s = set[float](), 0.0
        for phase in self.arrivals:
            edges.update(begin_s + at_s for at_s in phase.edges_s)
            begin_s += phase.duration_s
            edges.add(begin_s)
        for entry in self.timeline:
            edges.update((entry.at_s, entry.at_s + (entry.for_s or 0.0)))
        return tuple(sorted(edges - {0.0, begin_s}))
