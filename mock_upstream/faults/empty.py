"""The connection is closed without a byte of an answer."""

from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Script


class EmptyFault(FaultRule):
    """Say nothing and close, in an orderly way."""

    kind: Literal["empty"]

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the end."""
        return iter((Close(),))
