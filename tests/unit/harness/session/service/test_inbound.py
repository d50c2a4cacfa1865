"""Which call a piece of code belongs to, and when that call is over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from harness.model.call import Attempt, Call
from harness.session.service.inbound import InboundCall, WatchedAsgi, WatchedWsgi, current_inbound, is_asgi

KEYED: dict[str, Any] = {"HTTP_X_SURGELINE_KEY": "17.2"}


def key() -> str:
    """The call that this code belongs to, as its key; "" for none."""
    inbound = current_inbound()
    return "" if inbound is None else f"{inbound.arrival}.{inbound.step}"


def nothing(*_: Any) -> None:
    """A start_response that does nothing."""


def test_a_handler_knows_its_call_and_code_after_it_does_not() -> None:
    seen, ended = list[str](), list[InboundCall]()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(key())
        return [b"body"]

    assert WatchedWsgi(application, ended.append)(KEYED, nothing) == [b"body"]
    assert (seen, key(), [call.step for call in ended]) == (["17.2"], "", [2])


@pytest.mark.parametrize("given", ["", "17", "a.b", "1.2.3"])
def test_a_request_without_a_run_s_key_is_served_unwatched(given: str) -> None:
    ended: list[InboundCall] = []
    application = WatchedWsgi(lambda environ, start_response: [key().encode()], ended.append)
    environ = {"HTTP_X_SURGELINE_KEY": given} if given else {}
    assert (application(environ, nothing), ended) == ([b""], [])


def test_a_streamed_body_is_made_within_its_call_which_ends_when_it_is_closed() -> None:
    ended: list[InboundCall] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        yield key().encode()
        yield key().encode()

    body: Any = WatchedWsgi(application, ended.append)(KEYED, nothing)
    assert (list(body), key(), ended) == ([b"17.2", b"17.2"], "", [])
    body.close()
    body.close()
    assert len(ended) == 1


def test_a_handler_that_raises_ends_its_call() -> None:
    ended: list[InboundCall] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the application's own, unchanged
        WatchedWsgi(application, ended.append)(KEYED, nothing)
    assert len(ended) == 1


def test_an_asynchronous_handler_hands_its_call_to_threads_that_asyncio_runs_for_it() -> None:
    seen, ended = list[str](), list[InboundCall]()

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(await asyncio.to_thread(key))

    scope = {"type": "http", "headers": [(b"x-surgeline-key", b"3.0")]}
    asyncio.run(WatchedAsgi(application, ended.append)(scope, None, None))
    assert (seen, len(ended)) == (["3.0"], 1)


def test_a_thread_of_the_service_s_own_belongs_to_no_call() -> None:
    seen: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        thread = threading.Thread(target=lambda: seen.append(key()))
        thread.start()
        thread.join()
        return []

    WatchedWsgi(application, nothing)(KEYED, nothing)
    assert seen == [""]


def test_attempts_that_end_after_the_response_are_not_taken() -> None:
    inbound = InboundCall("1.0")
    call = Call(1, 0, "GET", "", 0.0, 0.0, attempts=[Attempt(0, 0.0, "http://a:1")])
    assert inbound.add(call)
    inbound.ended_s = 1.0
    assert not inbound.add(call)
    assert len(inbound.attempts) == 1


def test_a_coroutine_function_and_an_object_with_one_are_asgi() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None: ...

    class Framework:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    class Wsgi:
        def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
            return []

    assert [is_asgi(each) for each in (application, Framework(), Wsgi(), nothing)] == [
        True,
        True,
        False,
        False,
    ]
