"""The drip fault."""

import time

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole, dial


def test_the_bytes_come_in_drops(start: Start) -> None:
    upstream = start({"kind": "drip", "drop_bytes": 10, "every_s": 0.02})
    with dial(upstream) as sock:
        sock.sendall(b"GET /bytes/40 HTTP/1.1\r\nHost: test\r\n\r\n")
        pieces = [sock.recv(65536)]
        while len(b"".join(pieces).partition(b"\r\n\r\n")[2]) < 40:
            pieces.append(sock.recv(65536))

    assert len(pieces) >= 4


def test_all_of_it_arrives(start: Start) -> None:
    plain, dripped = (
        ask(start()),
        ask(start({"kind": "drip", "part": "both", "drop_bytes": 50, "every_s": 0.01})),
    )

    assert len(dripped.data) == len(plain.data)


@pytest.mark.parametrize("part", ["headers", "body"])
def test_it_outlasts_the_read_timeout_of_requests(start: Start, session: requests.Session, part: str) -> None:
    upstream = start({"kind": "drip", "part": part, "drop_bytes": 40, "every_s": 0.15})
    began_s = time.monotonic()

    response = session.get(upstream.url + "/get", timeout=0.5)

    assert response.status_code == 200
    assert time.monotonic() - began_s > 0.5
    assert_whole(session, upstream)
