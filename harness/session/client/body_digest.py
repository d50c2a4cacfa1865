"""Whether a body is the one that was sent: RFC 9530's digests, which the mock upstream puts on every body."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Mapping
from hashlib import sha256

_SHA256 = re.compile(r"sha-256=:([^:]*):")
_SEEN: dict[str, bytes] = {}
"""Recent small bodies by their verified digest: comparing bytes is faster than computing a digest."""
_SEEN_AT_MOST, _SMALL = 256, 16_384
_WITHOUT_BODY = frozenset({204, 206, 304})


def intact(method: str, status: int, headers: Mapping[str, str], body: bytes) -> bool | None:
    """True when the decoded body has the digest of the response's header, False when not, None without such a header.

    With a content coding the digest is in `Unencoded-Digest`; a part of a body has no usable digest.
    """
    if method == "HEAD" or status in _WITHOUT_BODY:
        return None
    declared = headers.get("Repr-Digest", "")
    if _SEEN.get(declared) == body:  # A dependency often sends the same body.
        return True
    found = b2a_base64(sha256(body).digest(), newline=False).decode()
    if declared == f"sha-256=:{found}:":
        _remember(declared, body)
        return True
    coded = headers.get("Content-Encoding", "identity") != "identity"
    promised = _SHA256.search(headers.get("Unencoded-Digest" if coded else "Repr-Digest", ""))
    return None if promised is None else promised.group(1) == found


def _remember(declared: str, body: bytes) -> None:
    if len(body) <= _SMALL:
        if len(_SEEN) >= _SEEN_AT_MOST:
            _SEEN.clear()
        _SEEN[declared] = body
