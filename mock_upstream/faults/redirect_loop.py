"""The answer is always elsewhere, and elsewhere is here."""

from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import TEXT, Response


class RedirectLoopFault(FaultRule):
    """Answer with a redirect to the very same URL."""

    kind: Literal["redirect_loop"]
    status: Literal[301, 302, 303, 307, 308] = 302

    def answer(self, hit: Hit) -> Response:
        """Return the redirect."""
        return Response(self.status, b"", TEXT, (("Location", hit.target),))
