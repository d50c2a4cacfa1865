"""Which key is admitted: the worker's of the same token."""

from __future__ import annotations

import pytest
import zmq
from zmq.utils import z85

from harness.drive.curve_keys import admission, set_keys

TOKEN = "t" * 43


class FakeSocket:
    """Keeps the options that are set."""

    curve_publickey = b""
    curve_serverkey = b""


def _keys(token: str) -> tuple[bytes, bytes]:
    """The public keys of the worker and of the master of a token."""
    socket = FakeSocket()
    set_keys(socket, token, master=False)
    return z85.decode(socket.curve_publickey), z85.decode(socket.curve_serverkey)


def _request(mechanism: bytes, *credentials: bytes) -> list[bytes]:
    return [b"1.0", b"7", b"surgeline", b"127.0.0.1", b"worker-1", mechanism, *credentials]


def test_the_worker_of_the_same_token_is_admitted() -> None:
    reply = admission(TOKEN, _request(b"CURVE", _keys(TOKEN)[0]))
    assert reply[:3] == [b"1.0", b"7", b"200"]


@pytest.mark.parametrize(
    "request_",
    [
        _request(b"CURVE", _keys("o" * 43)[0]),
        _request(b"CURVE", _keys(TOKEN)[1]),
        _request(b"CURVE", z85.decode(zmq.curve_keypair()[0])),
        _request(b"CURVE", bytes(32)),
        _request(b"CURVE"),
        _request(b"NULL"),
        _request(b"PLAIN", b"admin", b"password"),
    ],
    ids=["another token", "the master's key", "a new key", "zeros", "no key", "no mechanism", "a password"],
)
def test_nobody_else_is_admitted(request_: list[bytes]) -> None:
    assert admission(TOKEN, request_)[2] == b"400"
