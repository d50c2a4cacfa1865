"""What a journey's client hands over, and when."""

from __future__ import annotations

from typing import Any

import requests

from harness.model.call import Call, Outcome
from harness.session.client.client import Client, FailedResponse
from harness.session.trace.call_trace import CallTracer


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
