"""/download/{n}: a large body, in pieces as fast as the client reads, with its digest."""

import base64
import hashlib
import random
from functools import lru_cache

from mock_upstream.config.numbers import whole_number
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import BYTES, TEXT, Response
from mock_upstream.http.send_script import Send

_MOST_BYTES = 64 * 1024 * 1024
_BLOCK = random.Random(5).randbytes(65536)  # noqa: S311 - filler that does not compress


class Downloads:
    """The same n bytes every time."""

    def endpoints(self) -> list[Endpoint]:
        """Return the endpoint."""
        return [Endpoint("GET", "/download/{n}", self._download)]

    def _download(self, request: Request) -> Response:
        n = whole_number(request.params[0]) or 0
        if not 0 < n <= _MOST_BYTES:
            return Response(404, f"the size must be 1 to {_MOST_BYTES} bytes".encode(), TEXT)
        headers = (("Repr-Digest", f"sha-256=:{_digest(n)}:"), ("Content-Disposition", "attachment"))
        pieces = (Send(_BLOCK[: min(65536, n - start)]) for start in range(0, n, 65536))
        return Response(200, b"", BYTES, headers, stream=pieces, length=n)


@lru_cache(maxsize=64)
def _digest(n: int) -> str:
    whole, rest = divmod(n, 65536)
    digest = hashlib.sha256()
    for _ in range(whole):
        digest.update(_BLOCK)
    digest.update(_BLOCK[:rest])
    return base64.b64encode(digest.digest()).decode()
