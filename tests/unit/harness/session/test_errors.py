"""The policy's own error is found wherever requests and urllib3 have wrapped it."""

from __future__ import annotations

import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, ProtocolError

from harness.session.errors import BreakerOpen, causes, policy_error_in

POOL = HTTPConnectionPool("upstream.test")


def test_causes_go_from_the_outermost_inwards() -> None:
    reset = ConnectionResetError("reset")
    protocol = ProtocolError("aborted", reset)
    retries = MaxRetryError(POOL, "/", protocol)
    outermost = requests.ConnectionError(retries)
    assert list(causes(outermost)) == [outermost, retries, protocol, reset]


def test_an_error_that_wraps_itself_ends_the_walk() -> None:
    error = Exception()
    error.args = (error,)
    assert len(list(causes(error))) == 6


def test_a_wrapped_policy_error_is_found() -> None:
    refused = BreakerOpen("open")
    assert policy_error_in(requests.ConnectionError(MaxRetryError(POOL, "/", refused))) is refused


def test_an_error_of_the_network_holds_no_policy_error() -> None:
    assert policy_error_in(requests.ConnectionError(ProtocolError("aborted"))) is None
