"""The body is damaged, which only its digest shows."""

from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Script, Send


class GarbleFault(FaultRule):
    """Flip one bit of the body; the length is right, but the body does not match `Repr-Digest`."""

    kind: Literal["garble"]

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script | None:
        """Return the damaged response; an empty or a streamed body is not changed."""
        if not raw.body:
            return script
        place = int(hit.u * len(raw.body))
        damaged = bytearray(raw.body)
        damaged[place] ^= 1
        return iter((Send(raw.head + bytes(damaged)),))
