"""The slowdown fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole, rows

_WORK = {"distribution": "fixed", "value_s": 0.01}


def test_the_worker_is_busy_for_longer(start: Start) -> None:
    upstream = start({"kind": "slowdown", "factor": 4.0}, service_time=_WORK)

    received = ask(upstream)

    assert received.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert rows(upstream, 1)[0].service_s == pytest.approx(0.04)


def test_requests_raises_read_timeout(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "slowdown", "factor": 1000.0}, service_time=_WORK)

    with pytest.raises(requests.ReadTimeout):
        session.get(upstream.url + "/get", timeout=0.1)
    assert_whole(session, upstream)
