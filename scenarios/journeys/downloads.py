"""A large body, read as it comes, and held against the digest that its head promised."""

import hashlib
from base64 import b64encode
from typing import Any

SIZE_BYTES = 2_000_000
PIECE_BYTES = 65_536


class BrokenDownload(Exception):
    """What came is not what was sent."""


def download(thread: Any) -> None:
    """Streams a file and checks its digest.

    The call ends with the response's head, so its latency is the time to the first byte. A body that breaks off
    raises here, out of requests' reach: nobody retries it, and it is counted as a journey's error.
    """
    with thread.client.get(f"/download/{SIZE_BYTES}", stream=True, name="GET /download/{n}") as response:
        if not response.ok:
            return
        digest = hashlib.sha256()
        for piece in response.iter_content(PIECE_BYTES):
            digest.update(piece)
        promised = response.headers["Repr-Digest"]
    if promised != f"sha-256=:{b64encode(digest.digest()).decode()}:":
        raise BrokenDownload("the digest of the body is not the one that its head promised")
