"""The workers are slower: capacity shrinks, and queues grow."""

from typing import Literal

from pydantic import PositiveFloat

from mock_upstream.faults.base import FaultRule


class SlowdownFault(FaultRule):
    """Multiply the service time by `factor`; unlike latency, the worker is busy all the while."""

    kind: Literal["slowdown"]
    factor: PositiveFloat

    def slows(self) -> float:
        """Return the factor."""
        return self.factor
