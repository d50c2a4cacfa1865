"""The connection is cut with a TCP RST."""

from typing import Literal

from pydantic import NonNegativeInt

from mock_upstream.answer import Raw
from mock_upstream.faults.rule import FaultRule, Hit
from mock_upstream.script import Reset, Script, cut


class ResetFault(FaultRule):
    """Send a RST `before` the answer, in the middle of its headers, or after `after_bytes` of its body.

    The work was done: what a client loses is the answer, not the effect.
    """

    kind: Literal["reset"]
    when: Literal["before", "in_headers", "in_body"] = "before"
    after_bytes: NonNegativeInt = 0

    def shape(self, raw: Raw, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return as much of the answer as comes through, and the RST."""
        if self.when == "before":
            return iter((Reset(),))
        if self.when == "in_headers":
            return cut(script, len(raw.head) // 2, Reset())
        return cut(script, len(raw.head) + self.after_bytes, Reset())
