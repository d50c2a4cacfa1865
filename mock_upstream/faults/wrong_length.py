"""Content-Length differs from the length of the body."""

import re
from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Script, Send


class WrongLengthFault(FaultRule):
    """Declare `by` bytes more than the body has (fewer, when negative), send the whole body, and close."""

    kind: Literal["wrong_length"]
    by: int

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the response with another Content-Length; one without a Content-Length is not changed."""
        head = re.sub(rb"(?<=\r\nContent-Length: )\d+", self._promise, raw.head)
        return iter((Send(head + raw.body), *(raw.rest or ()), Close()))

    def _promise(self, found: re.Match[bytes]) -> bytes:
        return b"%d" % max(0, int(found[0]) + self.by)
