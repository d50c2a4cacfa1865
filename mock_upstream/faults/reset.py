"""The connection ends with a TCP RST."""

from typing import Literal

from pydantic import NonNegativeInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Reset, Script, truncated_script


class ResetFault(FaultRule):
    """Send a RST `before` the response, in the middle of its headers, or after `after_bytes` of its body.

    The work was done: the client loses the response, not the effect.
    """

    kind: Literal["reset"]
    when: Literal["before", "in_headers", "in_body"] = "before"
    after_bytes: NonNegativeInt = 0

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the part of the response before the RST, and the RST."""
        if self.when == "before":
            return iter((Reset(),))
        if self.when == "in_headers":
            return truncated_script(script, len(raw.head) // 2, Reset())
        return truncated_script(script, len(raw.head) + self.after_bytes, Reset())
