"""Packets are lost: the response stalls for a retransmission at a random byte."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import PositiveFloat

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Pause, Script, Send, Step


class LossFault(FaultRule):
    """Stall for `stall_s` seconds at a random byte; `ratio` is the share of responses that lose a packet.

    0.2 s is what Linux waits before it sends a packet again (its smallest retransmission timeout).
    """

    paces: ClassVar[bool] = True

    kind: Literal["loss"]
    stall_s: PositiveFloat = 0.2

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:
        """Return the same bytes with one stall."""
        return self._stalled(script, int(hit.u * (len(raw.head) + len(raw.body))))

    def _stalled(self, script: Script, place: int) -> Iterator[Step]:
        for step in script:
            if isinstance(step, Send) and 0 <= place < len(step.data):
                if place:
                    yield Send(step.data[:place])
                yield Pause(self.stall_s)
                yield Send(step.data[place:])
                place = -1
                continue
            if isinstance(step, Send):
                place -= len(step.data)
            yield step
