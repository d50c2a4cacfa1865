"""The response arrives in small pieces: each in time for a read timeout, but the whole far too late."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Pause, Script, Send, Step


class DripFault(FaultRule):
    """Send `drop_bytes` bytes every `every_s` seconds: of the headers, of the body, or of both."""

    paces: ClassVar[bool] = True

    kind: Literal["drip"]
    part: Literal["headers", "body", "both"] = "body"
    drop_bytes: PositiveInt = 1
    every_s: PositiveFloat = 0.1

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the same bytes, in small pieces."""
        return self._drops(script, len(raw.head))

    def _drops(self, script: Script, head_bytes: int) -> Iterator[Step]:
        sent = 0
        for step in script:
            if not isinstance(step, Send):
                yield step
                continue
            head, body = step.data[: max(0, head_bytes - sent)], step.data[max(0, head_bytes - sent) :]
            sent += len(step.data)
            yield from self._part(head, dripping=self.part != "body")
            yield from self._part(body, dripping=self.part != "headers")

    def _part(self, data: bytes, *, dripping: bool) -> Iterator[Step]:
        size = self.drop_bytes if dripping else max(1, len(data))
        for start in range(0, len(data), size):
            yield Send(data[start : start + size])
            if dripping:
                yield Pause(self.every_s)
