"""The body arrives damaged, and nothing but its digest tells."""

from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Script, Send


class GarbleFault(FaultRule):
    """Flip one bit of the body, somewhere; the length is right, `Repr-Digest` isn't."""

    kind: Literal["garble"]

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script | None:
        """Return the damaged answer; an empty or a streamed body stays whole."""
        if not raw.body:
            return script
        place = int(hit.u * len(raw.body))
        damaged = bytearray(raw.body)
        damaged[place] ^= 1
        return iter((Send(raw.head + bytes(damaged)),))
