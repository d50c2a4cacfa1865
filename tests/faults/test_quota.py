"""The quota fault."""

from email.utils import parsedate_to_datetime

import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole, rows

_WINDOW = {"kind": "quota", "limit": 2, "window_s": 3600.0}


def test_the_request_too_many_gets_429_and_the_time_to_wait(start: Start) -> None:
    upstream = start(_WINDOW)

    heads = [ask(upstream).head for _ in range(3)]

    assert [head[9:12] for head in heads] == [b"200", b"200", b"429"]
    wait_s = int(heads[2].partition(b"Retry-After: ")[2].split(b"\r\n")[0])
    assert 0 < wait_s <= 3600


def test_retry_after_can_be_a_date(start: Start) -> None:
    upstream = start({**_WINDOW, "limit": 1, "retry_after": "date"})
    ask(upstream)

    head = ask(upstream).head

    assert parsedate_to_datetime(head.partition(b"Retry-After: ")[2].split(b"\r\n")[0].decode()).tzinfo


def test_requests_returns_429(start: Start, session: requests.Session) -> None:
    upstream = start(_WINDOW)

    assert [session.get(upstream.url + "/get", timeout=5).status_code for _ in range(3)] == [200, 200, 429]
    assert [row.fault for row in rows(upstream, 3)] == ["", "", "quota"]
    assert_whole(session, upstream)
