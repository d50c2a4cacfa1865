"""The body is declared as gzip, but is corrupt or truncated."""

import gzip
from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import JSON, Response

_PLAIN = b'{"items": [%s]}' % b", ".join(b"%d" % (n * n) for n in range(2000))
_PACKED = gzip.compress(_PLAIN, 6, mtime=0)


class BadGzipFault(FaultRule):
    """Respond with 200 and a gzip body that is `corrupt`, or `truncated` with a matching Content-Length."""

    kind: Literal["bad_gzip"]
    how: Literal["corrupt", "truncated"] = "corrupt"

    def response(self, hit: Hit) -> Response:  # noqa: ARG002
        """Return the response, with the digests of the intact body."""
        body = b"\x1f\x8b\x08\x00 this is not gzip" if self.how == "corrupt" else _PACKED[: len(_PACKED) // 2]
        return Response(200, body, JSON, (("Content-Encoding", "gzip"),), plain=_PLAIN, whole=_PACKED)
