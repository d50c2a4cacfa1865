"""The workers stop, as in a garbage collection or a failover, while the queue grows."""

from typing import ClassVar, Literal

from mock_upstream.faults.base import FaultRule, Stage
from mock_upstream.faults.region_control import RegionControl


class PauseFault(FaultRule):
    """Do no work while the fault is active; work in progress continues afterwards where it stopped."""

    stage: ClassVar[Stage] = "upstream"

    kind: Literal["pause"]

    def apply(self, region: RegionControl) -> None:
        """Stop the workers."""
        region.pause()

    def revert(self, region: RegionControl) -> None:
        """Let the workers continue."""
        region.resume()
