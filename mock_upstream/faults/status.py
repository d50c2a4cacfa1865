"""The upstream answers with an error status."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import TEXT, Headers, Response


class StatusFault(FaultRule):
    """Answer `status`, after the worker did its work: the service failed, it didn't refuse."""

    kind: Literal["status"]
    status: Annotated[int, Field(ge=200, le=599)]
    retry_after_s: NonNegativeInt | None = None
    """Send `Retry-After` with so many seconds."""
    body: str = ""

    def answer(self, hit: Hit) -> Response | None:  # noqa: ARG002
        """Return the error."""
        headers: Headers = ()
        if self.retry_after_s is not None:
            headers = (("Retry-After", str(self.retry_after_s)),)
        return Response(self.status, self.body.encode(), TEXT, headers)
