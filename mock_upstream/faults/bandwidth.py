"""The bandwidth of each connection is limited."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import PositiveInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Pause, Script, Send, Step

_SLICES_PER_S = 20


class BandwidthFault(FaultRule):
    """Send at most `bytes_per_s` bytes a second on each connection, in slices of a twentieth of a second."""

    paces: ClassVar[bool] = True

    kind: Literal["bandwidth"]
    bytes_per_s: PositiveInt

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the same bytes at that rate."""
        return self._slices(script)

    def _slices(self, script: Script) -> Iterator[Step]:
        size = max(1, self.bytes_per_s // _SLICES_PER_S)
        for step in script:
            if not isinstance(step, Send):
                yield step
                continue
            for start in range(0, len(step.data), size):
                piece = step.data[start : start + size]
                yield Pause(len(piece) / self.bytes_per_s)
                yield Send(piece)
