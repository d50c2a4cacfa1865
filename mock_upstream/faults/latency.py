"""The response is delayed on the network."""

from typing import Literal

from pydantic import NonNegativeFloat

from mock_upstream.faults.base import FaultRule, Hit


class LatencyFault(FaultRule):
    """Add `add_s` seconds, and up to `jitter_s` more or less, uniformly; no worker is busy during the delay."""

    kind: Literal["latency"]
    add_s: NonNegativeFloat
    jitter_s: NonNegativeFloat = 0.0

    def late_s(self, hit: Hit) -> float:
        """Return the seconds added."""
        return max(0.0, self.add_s + self.jitter_s * (2.0 * hit.u - 1.0))
