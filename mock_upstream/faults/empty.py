"""The connection is closed without a byte of a response."""

from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Script


class EmptyFault(FaultRule):
    """Close the connection with a FIN, without a response."""

    kind: Literal["empty"]

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the close."""
        return iter((Close(),))
