"""The workers stop, as in a collector's pause or a failover; the queue grows meanwhile."""

from typing import ClassVar, Literal

from mock_upstream.faults.grounds import Grounds
from mock_upstream.faults.rule import FaultRule, Stage


class PauseFault(FaultRule):
    """Do no work at all while it is on; what was begun goes on afterwards where it was."""

    stage: ClassVar[Stage] = "upstream"

    kind: Literal["pause"]

    def strike(self, grounds: Grounds) -> None:
        """Stop the workers."""
        grounds.pause()

    def lift(self, grounds: Grounds) -> None:
        """Let them go on."""
        grounds.resume()
