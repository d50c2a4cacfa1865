"""The workers are slower: capacity falls, and queues grow."""

from typing import Literal

from pydantic import PositiveFloat

from mock_upstream.faults.base import FaultRule


class SlowdownFault(FaultRule):
    """Multiply the service time by `factor`; unlike with latency, the worker is busy for the whole time."""

    kind: Literal["slowdown"]
    factor: PositiveFloat

    def slows(self) -> float:
        """Return the factor."""
        return self.factor
