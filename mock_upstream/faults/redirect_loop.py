"""Every response is a redirect to the same URL."""

from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import TEXT, Response


class RedirectLoopFault(FaultRule):
    """Respond with a redirect to the same URL."""

    kind: Literal["redirect_loop"]
    status: Literal[301, 302, 303, 307, 308] = 302

    def response(self, hit: Hit) -> Response:
        """Return the redirect."""
        return Response(self.status, b"", TEXT, (("Location", hit.target),))
