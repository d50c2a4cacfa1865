"""A limit of requests per window, and 429 for the rest."""

import math
import time
from email.utils import formatdate
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import TEXT, Headers, Response


class QuotaFault(FaultRule):
    """Admit `limit` requests in each window of `window_s` seconds; the others get `status`.

    `Retry-After` names the end of the window, in seconds or as a date. Counted in order of arrival.
    """

    kind: Literal["quota"]
    limit: PositiveInt
    window_s: PositiveFloat = 1.0
    status: Annotated[int, Field(ge=400, le=599)] = 429
    retry_after: Literal["seconds", "date", "none"] = "seconds"

    def exempts(self, hit: Hit) -> bool:
        """Return whether the quota admits this attempt."""
        window = float(hit.now_s // self.window_s)
        if hit.memory.get("window") != window:
            hit.memory.update(window=window, used=0)
        hit.memory["used"] += 1
        return hit.memory["used"] <= self.limit

    def response(self, hit: Hit) -> Response:
        """Return the refusal."""
        wait_s = self.window_s - hit.now_s % self.window_s
        headers: Headers = ()
        if self.retry_after == "seconds":
            headers = (("Retry-After", str(math.ceil(wait_s))),)
        elif self.retry_after == "date":
            headers = (("Retry-After", formatdate(math.ceil(time.time() + wait_s), usegmt=True)),)
        return Response(self.status, b"the quota is used up\n", TEXT, headers)
