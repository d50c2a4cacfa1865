"""The accept queue is full: new connections get no reply until the connect timeout."""

from typing import ClassVar, Literal

from mock_upstream.faults.base import FaultRule, Stage
from mock_upstream.faults.region_control import RegionControl


class AcceptFullFault(FaultRule):
    """Accept no connections, and refuse none; with `drop_open`, reset the open connections too. Linux only."""

    stage: ClassVar[Stage] = "upstream"

    kind: Literal["accept_full"]
    drop_open: bool = False

    def apply(self, region: RegionControl) -> None:
        """Fill the accept queues."""
        region.saturate_backlog()
        if self.drop_open:
            region.drop(self.label())

    def revert(self, region: RegionControl) -> None:
        """Accept again."""
        region.reopen()
