"""The response ends too early, with a FIN."""

from typing import Literal

from pydantic import NonNegativeInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Script, truncated_script


class TruncateFault(FaultRule):
    """Close the connection after `after_bytes` of the body, fewer than Content-Length."""

    kind: Literal["truncate"]
    after_bytes: NonNegativeInt = 0

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the head, the beginning of the body, and the close."""
        return truncated_script(script, len(raw.head) + self.after_bytes, Close())
