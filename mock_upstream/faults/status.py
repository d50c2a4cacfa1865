"""The upstream responds with an error status."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import TEXT, Headers, Response


class StatusFault(FaultRule):
    """Respond with `status` after the worker did its work: the service failed, it did not refuse."""

    kind: Literal["status"]
    status: Annotated[int, Field(ge=200, le=599)]
    retry_after_s: NonNegativeInt | None = None
    """The seconds in `Retry-After`; without, the header is not sent."""
    body: str = ""

    def response(self, hit: Hit) -> Response | None:  # noqa: ARG002
        """Return the error."""
        headers: Headers = ()
        if self.retry_after_s is not None:
            headers = (("Retry-After", str(self.retry_after_s)),)
        return Response(self.status, self.body.encode(), TEXT, headers)
