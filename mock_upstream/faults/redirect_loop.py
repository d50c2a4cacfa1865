"""The answer is always elsewhere, and elsewhere is here."""

from typing import Literal

from mock_upstream.answer import TEXT, Answer
from mock_upstream.faults.rule import FaultRule, Hit


class RedirectLoopFault(FaultRule):
    """Answer with a redirect to the very same URL."""

    kind: Literal["redirect_loop"]
    status: Literal[301, 302, 303, 307, 308] = 302

    def answer(self, hit: Hit) -> Answer:
        """Return the redirect."""
        return Answer(self.status, b"", TEXT, (("Location", hit.target),))
