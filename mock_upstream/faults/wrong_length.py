"""Content-Length says one thing, the body another."""

import re
from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Script, Send


class WrongLengthFault(FaultRule):
    """Promise `by` bytes more than there are (less, when negative), send all there is, and close."""

    kind: Literal["wrong_length"]
    by: int

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the answer with another Content-Length; one without a Content-Length stays as it is."""
        head = re.sub(rb"(?<=\r\nContent-Length: )\d+", self._promise, raw.head)
        return iter((Send(head + raw.body), *(raw.rest or ()), Close()))

    def _promise(self, found: re.Match[bytes]) -> bytes:
        return b"%d" % max(0, int(found[0]) + self.by)
