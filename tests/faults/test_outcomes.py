"""Every fault of the mock upstream, and the one outcome it has, with and without retries."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.model.call import Call, Outcome
from harness.model.policy import Policy, SessionSettings, TimeoutSettings
from harness.session.client.aiohttp_transport import AiohttpTransport
from harness.session.client.client import Client
from harness.session.client.httpx_transport import HttpxAsyncTransport, HttpxTransport
from harness.session.client.transport import SessionTransport
from harness.session.trace.call_trace import CallTracer
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.faults import Fault
from tests.faults.conftest import Start
from tests.faults.wire_client import until_closed

CASES: list[tuple[dict[str, Any], Outcome]] = [
    ({"kind": "accept_full"}, Outcome.CONNECT_TIMEOUT),
    ({"kind": "bad_gzip", "how": "corrupt"}, Outcome.DECODE),
    ({"kind": "bad_gzip", "how": "truncated"}, Outcome.CORRUPT),
    ({"kind": "bad_json"}, Outcome.OK),
    ({"kind": "bandwidth", "bytes_per_s": 100_000}, Outcome.OK),
    ({"kind": "drip", "every_s": 0.001, "drop_bytes": 64}, Outcome.OK),
    ({"kind": "empty"}, Outcome.PROTOCOL),
    ({"kind": "garble"}, Outcome.CORRUPT),
    ({"kind": "hang"}, Outcome.READ_TIMEOUT),
    ({"kind": "hang", "when": "in_headers", "after_bytes": 9}, Outcome.READ_TIMEOUT),
    ({"kind": "hang", "when": "in_body", "after_bytes": 9}, Outcome.READ_TIMEOUT),
    ({"kind": "latency", "add_s": 0.01}, Outcome.OK),
    ({"kind": "latency", "add_s": 5.0}, Outcome.READ_TIMEOUT),
    ({"kind": "loss", "stall_s": 0.01}, Outcome.OK),
    ({"kind": "malformed", "how": "status_line"}, Outcome.PROTOCOL),
    ({"kind": "malformed", "how": "version"}, Outcome.PROTOCOL),
    ({"kind": "malformed", "how": "garbage"}, Outcome.PROTOCOL),
    ({"kind": "malformed", "how": "no_colon"}, Outcome.OK),
    ({"kind": "malformed", "how": "two_lengths"}, Outcome.PROTOCOL),
    ({"kind": "malformed", "how": "huge_header"}, Outcome.PROTOCOL),
    ({"kind": "malformed", "how": "many_headers"}, Outcome.PROTOCOL),
    ({"kind": "malformed", "how": "chunk_size"}, Outcome.PROTOCOL),
    ({"kind": "malformed", "how": "missing_last_chunk"}, Outcome.TRUNCATED),
    ({"kind": "malformed", "how": "surprise_continue"}, Outcome.OK),
    ({"kind": "pause"}, Outcome.READ_TIMEOUT),
    ({"kind": "quota", "limit": 1, "window_s": 60.0, "retry_after": "none"}, Outcome.HTTP_4XX),
    ({"kind": "redirect_loop"}, Outcome.REDIRECT_LOOP),
    ({"kind": "refused"}, Outcome.CONNECT_REFUSED),
    ({"kind": "reset"}, Outcome.PROTOCOL),
    ({"kind": "reset", "when": "in_headers", "after_bytes": 9}, Outcome.PROTOCOL),
    ({"kind": "reset", "when": "in_body", "after_bytes": 9}, Outcome.TRUNCATED),
    ({"kind": "silent_close"}, Outcome.OK),
    ({"kind": "slowdown", "factor": 2.0}, Outcome.OK),
    ({"kind": "stale"}, Outcome.PROTOCOL),
    ({"kind": "status", "status": 404}, Outcome.HTTP_4XX),
    ({"kind": "status", "status": 503}, Outcome.HTTP_5XX),
    ({"kind": "tls", "how": "expired"}, Outcome.TLS),
    ({"kind": "tls", "how": "untrusted"}, Outcome.TLS),
    ({"kind": "tls", "how": "wrong-host"}, Outcome.TLS),
    ({"kind": "tls", "how": "alert"}, Outcome.TLS),
    ({"kind": "tls", "how": "close"}, Outcome.TLS),
    ({"kind": "tls", "how": "reset"}, Outcome.TLS),
    ({"kind": "tls", "how": "plaintext"}, Outcome.TLS),
    ({"kind": "tls", "how": "hang"}, Outcome.CONNECT_TIMEOUT),
    ({"kind": "tls", "how": "slow", "delay_s": 0.05}, Outcome.OK),
    ({"kind": "truncate", "after_bytes": 9}, Outcome.TRUNCATED),
    ({"kind": "wrong_length", "by": 5}, Outcome.TRUNCATED),
    ({"kind": "wrong_length", "by": -5}, Outcome.CORRUPT),
]
WARMED = {"quota", "silent_close", "stale"}
"""Faults that show at the second request of a connection."""
TRANSPORTS = {"httpx": HttpxTransport, "httpx-async": HttpxAsyncTransport, "aiohttp": AiohttpTransport}
_OF_HTTPX = {
    "malformed-no_colon": Outcome.PROTOCOL,
    "malformed-huge_header": Outcome.OK,
    "malformed-many_headers": Outcome.OK,
}
DIFFERS = {
    "httpx": _OF_HTTPX,
    "httpx-async": _OF_HTTPX,
    "aiohttp": {
        "malformed-no_colon": Outcome.PROTOCOL,
        "stale": Outcome.OK,  # It repeats the request by itself, on a new connection.
        "wrong_length--5": Outcome.PROTOCOL,
    },
}
"""What a library minds and requests does not, and the other way round."""
RETRIES = Retry(2, status_forcelist=[503], backoff_factor=0.0)


def _calls(upstream: EmbeddedUpstream, fault: dict[str, Any], retries: Retry | int) -> list[Call]:
    """The calls that one client makes, the last of which meets the fault."""
    calls: list[Call] = []
    anatomy, secure = CallTracer(), fault["kind"] == "tls"
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(upstream.addresses["ca"]) if secure else True
        for prefix in ("http://", "https://"):
            session.mount(prefix, HTTPAdapter(max_retries=retries))
        anatomy.instrument(session)
        transport = SessionTransport(requests.Session, session, (0.3, 0.3))
        url = str(upstream.addresses["secure_url"]) if secure else upstream.url
        client = Client(url, transport, anatomy, calls.append)
        _meet(client, upstream, fault)
    assert sum(gauge.in_use for gauge in anatomy.gauges.values()) == 0
    return calls


def _calls_by(name: str, upstream: EmbeddedUpstream, fault: dict[str, Any]) -> list[Call]:
    """The calls of a transport without requests, the last of which meets the fault."""
    calls: list[Call] = []
    tracer, secure = CallTracer(), fault["kind"] == "tls"
    url = str(upstream.addresses["secure_url"]) if secure else upstream.url
    session = SessionSettings(trust_env=False, verify=str(upstream.addresses["ca"]) if secure else True)
    timeouts = TimeoutSettings(connect_s=0.3, read_s=0.3)
    policy = Policy.model_validate({"name": name, "transport": name, "session": session, "timeout": timeouts})
    transport = TRANSPORTS[name](policy, tracer, url)
    try:
        _meet(Client(url, transport, tracer, calls.append), upstream, fault)
    finally:
        transport.close()
    return calls


def _meet(client: Client, upstream: EmbeddedUpstream, fault: dict[str, Any]) -> None:
    """Calls until the fault is met."""
    for _ in range(2 if fault["kind"] in WARMED else 1):
        client.get("/gzip" if fault["kind"] == "bad_gzip" else "/get")
        if fault["kind"] == "silent_close":
            until_closed(upstream)
            requests.get(
                upstream.url, timeout=5
            )  # By its answer the upstream's loop has closed the socket too.


def _named(case: tuple[dict[str, Any], Outcome]) -> str:
    return "-".join(str(case[0][key]) for key in ("kind", "how", "when", "status", "by") if key in case[0])


@pytest.mark.parametrize("retries", [0, RETRIES], ids=["once", "retried"])
@pytest.mark.parametrize(("fault", "outcome"), CASES, ids=[_named(case) for case in CASES])
def test_a_fault_has_its_outcome(
    start: Start, fault: dict[str, Any], outcome: Outcome, retries: Retry | int
) -> None:
    upstream = start(fault, **({"tls": {}} if fault["kind"] == "tls" else {}))
    if fault["kind"] == "stale" and retries:
        outcome = Outcome.OK  # The next attempt opens a connection.
    last = _calls(upstream, fault, retries)[-1]
    assert (last.outcome, last.error) == (outcome, last.error)


@pytest.mark.parametrize("name", TRANSPORTS)
@pytest.mark.parametrize(("fault", "outcome"), CASES, ids=[_named(case) for case in CASES])
def test_another_transport_has_the_same_outcomes(
    start: Start, fault: dict[str, Any], outcome: Outcome, name: str
) -> None:
    upstream = start(fault, **({"tls": {}} if fault["kind"] == "tls" else {}))
    last = _calls_by(name, upstream, fault)[-1]
    expected = DIFFERS[name].get(_named((fault, outcome)), outcome)
    assert (last.outcome, last.error) == (expected, last.error)


def test_every_fault_of_the_upstream_is_here() -> None:
    union = get_args(get_args(Fault)[0])
    kinds = {get_args(kind.model_fields["kind"].annotation)[0] for kind in union}
    assert kinds == {fault["kind"] for fault, _ in CASES}
