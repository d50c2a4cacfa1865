"""No process listens on the port: connections are refused."""

from typing import ClassVar, Literal

from mock_upstream.faults.base import FaultRule, Stage
from mock_upstream.faults.region_control import RegionControl


class RefusedFault(FaultRule):
    """Close the listener; with `drop_open`, reset the open connections too. Flaps with `on_s` and `off_s`."""

    stage: ClassVar[Stage] = "upstream"

    kind: Literal["refused"]
    drop_open: bool = True

    def apply(self, region: RegionControl) -> None:
        """Close the listening sockets."""
        region.stop_listening()
        if self.drop_open:
            region.drop(self.label())

    def revert(self, region: RegionControl) -> None:
        """Open them again, on the same port."""
        region.reopen()
