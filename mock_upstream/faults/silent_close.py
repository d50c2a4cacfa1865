"""The connection is closed after a response without `Connection: close`."""

from collections.abc import Iterator
from typing import Literal

from pydantic import NonNegativeFloat

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Pause, Script, Step


class SilentCloseFault(FaultRule):
    """Send the whole response, then close after `idle_s` seconds, without `Connection: close`."""

    kind: Literal["silent_close"]
    idle_s: NonNegativeFloat = 0.0

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the whole response, and the close."""
        return self._closed(script)

    def _closed(self, script: Script) -> Iterator[Step]:
        yield from script
        if self.idle_s:
            yield Pause(self.idle_s)
        yield Close()
