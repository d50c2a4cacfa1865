"""A large body, streamed, and compared with the digest in its header."""

import hashlib
from base64 import b64encode
from typing import Any

SIZE_BYTES = 2_000_000
PIECE_BYTES = 65_536


class BrokenDownload(Exception):
    """The received body is not the one that was sent."""


def download(thread: Any) -> None:
    """Streams a file and checks its digest.

    The call ends with the response's head, so its latency is the time to the first byte. A truncated body
    raises here, outside requests' retries, and is counted as a journey's error.
    """
    with thread.client.get(f"/download/{SIZE_BYTES}", stream=True, name="GET /download/{n}") as response:
        if not response.ok:
            return
        digest = hashlib.sha256()
        for piece in response.iter_content(PIECE_BYTES):
            digest.update(piece)
        promised = response.headers["Repr-Digest"]
    if promised != f"sha-256=:{b64encode(digest.digest()).decode()}:":
        raise BrokenDownload("the body does not match the digest in its header")
