"""The workers stop, as in a collector's pause or a failover; the queue grows meanwhile."""

from typing import ClassVar, Literal

from mock_upstream.faults.base import FaultRule, Stage
from mock_upstream.faults.region_control import RegionControl


class PauseFault(FaultRule):
    """Do no work at all while it is on; what was begun goes on afterwards where it was."""

    stage: ClassVar[Stage] = "upstream"

    kind: Literal["pause"]

    def apply(self, region: RegionControl) -> None:
        """Stop the workers."""
        region.pause()

    def revert(self, region: RegionControl) -> None:
        """Let them go on."""
        region.resume()
