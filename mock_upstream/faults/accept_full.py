"""The accept queue is full: who connects hears nothing, until the connect timeout."""

from typing import ClassVar, Literal

from mock_upstream.faults.grounds import Grounds
from mock_upstream.faults.rule import FaultRule, Stage


class AcceptFullFault(FaultRule):
    """Never accept again; with `drop_open`, reset the open connections too. Linux only."""

    stage: ClassVar[Stage] = "upstream"

    kind: Literal["accept_full"]
    drop_open: bool = False

    def strike(self, grounds: Grounds) -> None:
        """Stuff the doors."""
        grounds.stuff()
        if self.drop_open:
            grounds.drop(self.label())

    def lift(self, grounds: Grounds) -> None:
        """Accept again."""
        grounds.reopen()
