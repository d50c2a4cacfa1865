"""The CURVE keys of a master and its workers, which follow from their common token, and the check of who connects.

Nobody without the token can complete a connection in either direction, read a message, change one or repeat one:
ZeroMQ's CURVE (RFC 26) authenticates both sides by these keys and has new session keys for each connection. A message
that is forged, changed, repeated or of another connection ends its connection, before Locust reads any of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import zmq
from zmq.utils import z85

ADMISSION = "inproc://zeromq.zap.01"
"""Where ZeroMQ asks, inside one process, whether a worker's key is admitted (RFC 27)."""
MOST_MESSAGE_BYTES = 64 << 20
"""The other side, or a stranger, cannot make a process hold more than that for one message."""
_DOMAIN = b"surgeline"


def set_keys(socket: Any, token: str, *, master: bool) -> None:
    """Sets the keys of one side on a socket that is neither bound nor connected yet.

    A master's socket admits nobody until `admission` replies at ADMISSION in its context.
    """
    socket.maxmsgsize = MOST_MESSAGE_BYTES
    if master:
        socket.curve_secretkey, socket.curve_server = _secret_key(token, b"surgeline-master"), True
        socket.zap_domain, socket.zap_enforce_domain = _DOMAIN, True
        return
    secret = _secret_key(token, b"surgeline-worker")
    socket.curve_serverkey = zmq.curve_public(_secret_key(token, b"surgeline-master"))
    socket.curve_publickey, socket.curve_secretkey = zmq.curve_public(secret), secret


def admission(token: str, request: Sequence[bytes]) -> list[bytes]:
    """The reply to one of ZeroMQ's requests: admitted is the worker's key of this token, and no other."""
    version, number, _domain, _address, _identity, mechanism, *credentials = request
    key = z85.decode(zmq.curve_public(_secret_key(token, b"surgeline-worker")))
    admitted = mechanism == b"CURVE" and len(credentials) == 1 and hmac.compare_digest(credentials[0], key)
    return [version, number, *((b"200", b"OK") if admitted else (b"400", b"another token")), b"", b""]


def _secret_key(token: str, side: bytes) -> bytes:
    return z85.encode(blake2b(token.encode(), digest_size=32, person=side).digest())
