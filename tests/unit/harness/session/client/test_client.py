"""What a journey's client hands over, and when."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import requests

from harness.model.call import Call, Outcome
from harness.session import secrets
from harness.session.client.client import Client, FailedResponse, Journey
from harness.session.trace import call_trace
from harness.session.trace.call_trace import CallTracer
from harness.session.trace.trace import current_trace
from tests.unit.harness.session.fakes import Clock

DIGEST_OF_OTHER = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"


class Scripted:
    """A transport whose exchange is a function of the test's."""

    errors: tuple[type[Exception], ...] = (requests.RequestException,)

    def __init__(self, exchange: Any) -> None:
        self.exchange = exchange

    def outcome_of(self, error: BaseException, status: int) -> Outcome:
        return Outcome.FAILED


def _ok(*_: Any, **__: Any) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = 200, b""
    return response


def test_a_call_that_was_given_up_is_not_handed_over_when_it_ends_after_all() -> None:
    handed: list[Call] = []

    def slow(*arguments: Any, **settings: Any) -> requests.Response:
        handed.extend(client.give_up())
        return _ok()

    client = Client("http://a", Scripted(slow), CallTracer(), handed.append)
    client.get("/")
    assert len(handed) == 1
    assert client.give_up() == []


def test_the_call_after_one_that_was_given_up_is_handed_over() -> None:
    handed: list[Call] = []
    transport = Scripted(lambda *_, **__: client.give_up() and _ok())
    client = Client("http://a", transport, CallTracer(), handed.append)
    client.get("/first")
    transport.exchange = _ok
    client.get("/second")
    assert [call.route for call in handed] == ["/second"]


def test_a_failed_response_can_be_used_in_a_with_statement() -> None:
    with FailedResponse(requests.ConnectionError("no")) as response:
        assert not response.ok


def test_a_failed_call_names_the_exception_s_class_apart_from_its_words() -> None:
    def fail(*_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError("no: route")

    handed: list[Call] = []
    Client("http://a", Scripted(fail), CallTracer(), handed.append).get("/")
    assert (handed[0].raised, handed[0].error) == ("ConnectionError", "ConnectionError: no: route")


def _made(
    monkeypatch: pytest.MonkeyPatch, exchange: Any = _ok, **journey: Any
) -> tuple[Client, list[Call], Clock]:
    """A client that begins its journey at 12 on a clock that counts from 10, with what it hands over."""
    clock, handed = Clock(12.0), list[Call]()
    monkeypatch.setattr(call_trace, "monotonic", clock)
    client = Client("http://a/", Scripted(exchange), CallTracer(10.0), handed.append, caller=5)
    client.journey = Journey(**{"arrival": 7, "due_s": 1.0, "dispatched_s": 1.5, **journey})
    return client, handed, clock


def test_the_latency_of_a_journey_s_first_call_counts_from_the_schedule(monkeypatch) -> None:
    client, handed, clock = _made(monkeypatch)
    client.transport.exchange = lambda *_, **__: clock.sleep(0.25) or _ok()
    client.get("/")
    (call,) = handed
    assert (call.scheduled_s, call.dispatched_s, call.started_s, call.ended_s) == (1.0, 1.5, 2.0, 2.25)
    assert (call.latency_s, call.schedule_lag_s, call.thread_wait_s) == (1.25, 0.5, 0.5)


def test_a_later_call_is_due_when_the_one_before_it_has_ended(monkeypatch) -> None:
    client, handed, clock = _made(monkeypatch)
    client.get("/")
    clock.sleep(0.5)
    client.transport.exchange = lambda *_, **__: clock.sleep(0.25) or _ok()
    client.get("/")
    call = handed[1]
    assert (call.scheduled_s, call.dispatched_s, call.started_s) == (2.5, 2.5, 2.5)
    assert call.latency_s == 0.25


def test_the_calls_of_a_journey_are_numbered_and_name_their_arrival_and_thread(monkeypatch) -> None:
    client, handed, _ = _made(monkeypatch)
    for _ in range(3):
        client.get("/")
    assert [(call.arrival, call.step, call.caller) for call in handed] == [(7, 0, 5), (7, 1, 5), (7, 2, 5)]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (399, "ok"), (400, "http_4xx"), (429, "http_4xx"), (499, "http_4xx"), (500, "http_5xx")],
)
def test_a_response_s_status_is_its_call_s_outcome(monkeypatch, status: int, outcome: str) -> None:
    response = _ok()
    response.status_code = status
    client, handed, _ = _made(monkeypatch, lambda *_, **__: response)
    assert client.get("/") is response
    assert (handed[0].status, handed[0].outcome.value) == (status, outcome)


def test_an_error_of_the_network_is_an_answer_to_the_journey_and_one_of_its_own_is_raised(
    monkeypatch,
) -> None:
    def fail(*_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError("no")

    client, handed, _ = _made(monkeypatch, fail)
    assert not client.get("/").ok
    assert handed[0].outcome is Outcome.PROTOCOL
    client.transport.exchange = lambda *_, **__: {}["missing"]
    with pytest.raises(KeyError):
        client.get("/")
    assert handed[1].outcome is Outcome.FAILED


def test_paths_are_joined_with_the_target_and_whole_urls_are_kept(monkeypatch) -> None:
    asked: list[tuple[str, str]] = []
    client, handed, _ = _made(monkeypatch, lambda method, url, **_: asked.append((method, url)) or _ok())
    for verb, path in (
        ("get", "/x/1"),
        ("post", "y"),
        ("put", "/"),
        ("patch", "http://b/z"),
        ("delete", "https://c/z"),
    ):
        getattr(client, verb)(path)
    client.head("/h")
    assert asked == [
        ("GET", "http://a/x/1"), ("POST", "http://a/y"), ("PUT", "http://a/"), ("PATCH", "http://b/z"),
        ("DELETE", "https://c/z"), ("HEAD", "http://a/h"),
    ]  # fmt: skip
    assert [call.route for call in handed] == ["/x/1", "y", "/", "/z", "/z", "/h"]


def test_a_route_can_have_a_name_and_head_follows_no_redirect_unless_told(monkeypatch) -> None:
    given: list[dict[str, Any]] = []
    client, handed, _ = _made(monkeypatch, lambda *_, **kwargs: given.append(kwargs) or _ok())
    client.get("/x/1", name="/x/{id}")
    client.head("/")
    client.head("/", allow_redirects=True)
    assert handed[0].route == "/x/{id}"
    assert given == [{}, {"allow_redirects": False}, {"allow_redirects": True}]


def test_a_body_that_is_not_what_its_digest_says_is_corrupt(monkeypatch) -> None:
    response = _ok()
    response._content, response.headers = b"changed", {"Repr-Digest": DIGEST_OF_OTHER}
    client, handed, _ = _made(monkeypatch, lambda *_, **__: response)
    client.get("/")
    client.get("/", stream=True)
    assert [(call.outcome, call.digest_matches) for call in handed] == [
        (Outcome.CORRUPT, False),
        (Outcome.OK, None),
    ]


def test_a_failed_body_of_an_error_stays_the_error(monkeypatch) -> None:
    response = _ok()
    response.status_code = 500
    response._content, response.headers = b"changed", {"Repr-Digest": DIGEST_OF_OTHER}
    client, handed, _ = _made(monkeypatch, lambda *_, **__: response)
    client.get("/")
    assert handed[0].outcome is Outcome.HTTP_5XX


def test_an_error_s_words_are_cut_and_without_secrets(monkeypatch) -> None:
    def fail(*_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError("hidden-token " + "x" * 400)

    monkeypatch.setattr(secrets, "_known", set())
    secrets.remember("hidden-token")
    client, handed, _ = _made(monkeypatch, fail)
    client.get("/")
    assert handed[0].error.startswith("ConnectionError: *** xxx")
    assert len(handed[0].error) == 300


def test_a_client_without_a_number_and_a_journey_is_the_first_of_both(monkeypatch) -> None:
    handed: list[Call] = []
    Client("http://a", Scripted(_ok), CallTracer(), handed.append).get("/")
    assert (handed[0].caller, handed[0].arrival, handed[0].step) == (0, 0, 0)


def test_a_call_that_failed_before_its_first_attempt_has_no_status(monkeypatch) -> None:
    def fail(*_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError("no")

    client, handed, _ = _made(monkeypatch, fail)
    client.get("/")
    assert handed[0].status == 0


def test_a_call_that_has_ended_is_under_way_no_more(monkeypatch) -> None:
    client, _, _ = _made(monkeypatch)
    client.get("/")
    assert client.in_flight is None
    assert client.give_up() == []


def test_a_call_has_the_bytes_that_its_attempts_received(monkeypatch) -> None:
    def receive(*_: Any, **__: Any) -> requests.Response:
        trace = current_trace()
        assert trace is not None
        trace.response = BytesIO(b"7 bytes")
        trace.response.seek(0, 2)
        return _ok()

    client, handed, _ = _made(monkeypatch, receive)
    client.get("/")
    assert handed[0].received_bytes == 7
