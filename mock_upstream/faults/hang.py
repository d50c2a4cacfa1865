"""The response never arrives, or stops in the middle, while the connection stays open."""

from typing import Literal

from pydantic import NonNegativeInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Hang, Script, truncated_script


class HangFault(FaultRule):
    """Send nothing more `before` the response, in the middle of its headers, or after `after_bytes` of its body.

    Only the client can end the connection.
    """

    kind: Literal["hang"]
    when: Literal["before", "in_headers", "in_body"] = "before"
    after_bytes: NonNegativeInt = 0

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the bytes before the hang."""
        if self.when == "before":
            return iter((Hang(),))
        if self.when == "in_headers":
            return truncated_script(script, len(raw.head) // 2, Hang())
        return truncated_script(script, len(raw.head) + self.after_bytes, Hang())
