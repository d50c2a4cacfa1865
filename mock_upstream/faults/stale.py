"""A kept-alive connection that is dead when it is used again."""

from collections.abc import Iterator
from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Script, Step, TrapNext


class StaleFault(FaultRule):
    """Answer in full, and close at the first byte of the next request on the same connection.

    A connection that is closed while idle is usually noticed and replaced; this one looks alive until used.
    """

    kind: Literal["stale"]

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the whole answer, and the trap."""
        return _trapped(script)


def _trapped(script: Script) -> Iterator[Step]:
    yield TrapNext()
    yield from script
