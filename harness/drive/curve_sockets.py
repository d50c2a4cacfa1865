"""Encrypts the sockets between a master and its workers with CURVE keys that follow from their common token.

Nobody without the token can complete a connection in either direction, read a message, change one or repeat one:
ZeroMQ's CURVE (RFC 26) authenticates both sides by these keys and has new session keys for each connection. Locust
makes its sockets inside its runners, so the keys are set where Locust creates a socket, before it is opened.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import zmq
from zmq.utils import z85


def encrypt(token: str) -> None:
    """From now on, every socket of Locust in this process connects to holders of the same token only. Call it once."""
    from locust.rpc import zmqrpc

    create: Any = zmqrpc.BaseSocket.__init__

    def created(self: Any, kind: int, *arguments: Any, **options: Any) -> None:
        create(self, kind, *arguments, **options)
        set_keys(self.socket, token, master=kind == zmq.ROUTER)

    setattr(zmqrpc.BaseSocket, "__init__", created)  # noqa: B010 - a method


def set_keys(socket: Any, token: str, *, master: bool) -> None:
    """Sets the keys of one side on a socket that is neither bound nor connected yet.

    The master's public key is not public: it is never sent in the clear, and only the token leads to it. So a worker
    that knows it has the token, and a master that can use it has the token, too.
    """
    secret = z85.encode(blake2b(token.encode(), digest_size=32, person=b"surgeline-master").digest())
    if master:
        socket.curve_secretkey, socket.curve_server = secret, True
        return
    socket.curve_serverkey = zmq.curve_public(secret)
    socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
