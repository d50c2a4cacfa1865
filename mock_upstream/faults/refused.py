"""Nobody listens: connections are refused."""

from typing import ClassVar, Literal

from mock_upstream.faults.grounds import Grounds
from mock_upstream.faults.rule import FaultRule, Stage


class RefusedFault(FaultRule):
    """Close the listener; with `drop_open`, reset the open connections too. Flaps with `on_s` and `off_s`."""

    stage: ClassVar[Stage] = "upstream"

    kind: Literal["refused"]
    drop_open: bool = True

    def strike(self, grounds: Grounds) -> None:
        """Shut the doors."""
        grounds.shut()
        if self.drop_open:
            grounds.drop(self.label())

    def lift(self, grounds: Grounds) -> None:
        """Open them again, on the same port."""
        grounds.reopen()
