"""The latency fault."""

import time

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.heard import ask, assert_whole, rows


def test_the_answer_is_whole_and_not_early(start: Start) -> None:
    upstream = start({"kind": "latency", "add_s": 0.15})
    began_s = time.monotonic()

    heard = ask(upstream, silence_s=0.5)

    assert heard.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert time.monotonic() - began_s >= 0.15


def test_no_worker_is_busy_meanwhile(start: Start) -> None:
    upstream = start({"kind": "latency", "add_s": 0.05}, capacity={"workers": 1})

    ask(upstream)

    row = rows(upstream, 1)[0]
    assert (row.service_s, row.intended_delay_s) == (0.0, pytest.approx(0.05))


def test_requests_raises_read_timeout(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "latency", "add_s": 5.0})

    with pytest.raises(requests.ReadTimeout):
        session.get(upstream.url + "/get", timeout=0.1)
    assert_whole(session, upstream)
