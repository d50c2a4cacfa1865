"""A kept-alive connection that is dead when it is used again."""

from collections.abc import Iterator
from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import CloseOnNext, Script, Step


class StaleFault(FaultRule):
    """Send the whole response, and close at the first byte of the next request on the same connection.

    A connection that is closed while idle is usually noticed and replaced; this one appears usable until it is used.
    """

    kind: Literal["stale"]

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the whole response, and the step that closes on the next request."""
        return _close_on_next(script)


def _close_on_next(script: Script) -> Iterator[Step]:
    yield CloseOnNext()
    yield from script
