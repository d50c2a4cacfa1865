"""The garble fault."""

import requests

from benchmarks.upstream_outcomes import digest_agrees
from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole

_RANGE = b"GET /range/100 HTTP/1.1\r\nHost: test\r\nX-Surgeline-Key: 1.1\r\n\r\n"


def test_exactly_one_bit_of_the_body_differs(start: Start) -> None:
    good, bad = ask(start(), _RANGE), ask(start({"kind": "garble"}), _RANGE)

    flipped = [a ^ b for a, b in zip(good.body, bad.body, strict=True) if a != b]
    assert flipped == [1]


def test_requests_notices_nothing_but_the_digest_does(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "garble"})

    response = session.get(upstream.url + "/range/100", timeout=5)

    assert response.status_code == 200
    assert digest_agrees(response) is False
    assert_whole(session, upstream)
