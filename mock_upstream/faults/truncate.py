"""The answer ends too early, with an orderly FIN."""

from typing import Literal

from pydantic import NonNegativeInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Script, truncated_script


class TruncateFault(FaultRule):
    """Close the connection after `after_bytes` of the body, less than Content-Length promised."""

    kind: Literal["truncate"]
    after_bytes: NonNegativeInt = 0

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the head, the beginning of the body, and the end."""
        return truncated_script(script, len(raw.head) + self.after_bytes, Close())
