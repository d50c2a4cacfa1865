"""A response of 200 and application/json whose body is not valid JSON."""

from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import HTML, JSON, Response

_BODIES = {
    "cut": b'{"id": 17, "items": [{"sku": "a-1", "quan',
    "html": b"<html><body><h1>Something went wrong</h1></body></html>",
    "empty": b"",
}


class BadJsonFault(FaultRule):
    """Respond with 200 and JSON that was `cut`, a page of `html`, or an `empty` body."""

    kind: Literal["bad_json"]
    how: Literal["cut", "html", "empty"] = "cut"

    def response(self, hit: Hit) -> Response:  # noqa: ARG002
        """Return the response."""
        return Response(200, _BODIES[self.how], HTML if self.how == "html" else JSON)
