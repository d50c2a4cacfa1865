"""What holds for every transport without requests, over real sockets."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest

from harness.model.allowed_targets import AllowedTargets
from harness.model.call import Outcome
from harness.model.errors import MachineError
from harness.session import target_gate
from harness.session.client.client import Client
from harness.session.client.httpx_transport import HttpxAsyncTransport
from harness.session.client.loop_thread import LoopThread, ThreadSystem
from tests.load.other_transports import ASYNCHRONOUS, TRANSPORTS, Caller, calling, open_sockets, threads

FOREIGN = "http://203.0.113.7:8080/"


@pytest.fixture(params=TRANSPORTS)
def name(request: pytest.FixtureRequest) -> str:
    """Each transport."""
    return str(request.param)


def test_a_connection_is_opened_once_and_then_reused(name: str) -> None:
    with calling(name) as caller:
        caller.get()
        caller.get()
        (first,), (second,) = (call.attempts for call in caller.calls)
        assert 0.0 < first.connect_s < first.first_byte_s
        assert (first.new_connection, second.new_connection, second.connect_s) == (True, False, 0.0)
        assert (caller.pools.opened, caller.pools.in_use, caller.pools.idle) == (1, 0, 1)


def test_what_the_library_does_not_show_is_none(name: str) -> None:
    with calling(name) as caller:
        caller.get()
        (attempt,) = caller.calls[0].attempts
        assert (attempt.stale, attempt.discarded) == (None, None)
        assert (caller.pools.stale, caller.pools.discarded) == (None, None)
        assert attempt.tls_s == (None if name == "aiohttp" else 0.0)


def test_tls_is_verified_by_the_upstream_s_authority_and_timed_where_the_library_shows_it(name: str) -> None:
    with calling(name, profile={"tls": {}}) as caller:
        assert caller.get().ok
        (attempt,) = caller.calls[0].attempts
        if name == "aiohttp":
            assert attempt.tls_s is None
        else:
            assert attempt.tls_s is not None
            assert 0.0 < attempt.tls_s < attempt.connect_s


def test_the_parts_of_an_attempt_add_up_to_less_than_the_call(name: str) -> None:
    with calling(name, {"kind": "latency", "add_s": 0.05}) as caller:
        caller.get()
        call = caller.calls[0]
        (attempt,) = call.attempts
        parts_s = attempt.pool_wait_s + attempt.first_byte_s + attempt.body_s
        assert attempt.first_byte_s > 0.05
        assert parts_s <= call.ended_s - call.started_s


def test_a_redirect_is_an_attempt_of_its_own(name: str) -> None:
    with calling(name) as caller:
        assert caller.get("/redirect/2").ok
        assert [a.reason for a in caller.calls[0].attempts] == ["redirect", "redirect", ""]
        assert caller.sent() == caller.served() == [("0.0", 0, 302), ("0.0", 1, 302), ("0.0", 2, 200)]


def test_redirects_end_where_the_policy_says(name: str) -> None:
    with calling(name, session={"max_redirects": 3}) as caller:
        assert not caller.get("/redirect/9").ok
        assert caller.calls[0].outcome is Outcome.REDIRECT_LOOP
        assert caller.sent() == caller.served()


@pytest.mark.parametrize(
    ("auth", "path"),
    [
        ({"kind": "basic", "username": "user", "password": "env:TEST_SECRET"}, "/basic-auth/user/{}"),
        ({"kind": "digest", "username": "user", "password": "env:TEST_SECRET"}, "/digest-auth/auth/user/{}"),
        ({"kind": "bearer", "token": "env:TEST_SECRET"}, "/bearer"),
    ],
)
def test_the_policy_s_auth_is_used(
    name: str, auth: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SECRET", "s3cr3t-word")
    with calling(name, session={"auth": auth}) as caller:
        if (name, auth["kind"]) == (
            "aiohttp",
            "digest",
        ):  # It sends a challenge's cookies from the next call on.
            caller.get(path.format("s3cr3t-word"))
        assert caller.get(path.format("s3cr3t-word")).status_code == 200
        assert caller.sent() == caller.served()


def test_credentials_do_not_follow_a_redirect_to_another_origin(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SECRET", "s3cr3t-word")
    auth = {"kind": "bearer", "token": "env:TEST_SECRET"}
    with calling(name, session={"auth": auth}) as caller, calling("httpx") as other:
        response = caller.get("/redirect-to", params={"url": f"{other.upstream.url}/headers"})
        assert response.ok
        assert "Authorization" not in response.json()["headers"]


def test_cookies_are_kept(name: str) -> None:
    with calling(name) as caller:
        caller.get("/cookies/set?flavour=oat")
        assert caller.get("/cookies").json() == {"cookies": {"flavour": "oat"}}


def test_parameters_headers_and_forms_are_sent_as_requests_sends_them(name: str) -> None:
    with calling(name, session={"headers": {"X-Team": "a"}, "params": {"team": "a"}}) as caller:
        said = caller.request("POST", "/post", params={"n": [1, 2]}, data={"size": 3}).json()
        assert (said["args"], said["form"]) == ({"team": "a", "n": ["1", "2"]}, {"size": "3"})
        assert said["headers"]["X-Team"] == "a"
        assert caller.request("POST", "/post", json={"b": True}).json()["json"] == {"b": True}


def test_a_journey_gets_a_response_of_requests(name: str) -> None:
    with calling(name) as caller:
        response = caller.get("/gzip", stream=True)
        assert response.json()["gzipped"] is True
        assert b"".join(response.iter_content(100)) == response.content
        assert 0 < caller.calls[0].received_bytes < len(response.content)
        caller.get("/orders/1")
        assert caller.calls[1].digest_matches is True


def test_a_pool_of_one_makes_the_second_caller_wait(name: str) -> None:
    slow = {"kind": "latency", "add_s": 0.3}
    with calling(name, slow, adapter={"pool_maxsize": 1}) as caller:
        both = [Thread(target=caller.another().get, args=("/get",)) for _ in range(2)]
        for thread in both:
            thread.start()
        _until(lambda: caller.pools.waiting == 1)
        assert caller.pools.longest_wait_s(time.monotonic()) > 0.0
        for thread in both:
            thread.join(10.0)
        waits_s = sorted(call.attempts[0].pool_wait_s for call in caller.calls)
        assert waits_s[0] < 0.15 < waits_s[1]
        assert (caller.pools.opened, caller.pools.waiting, caller.pools.in_use) == (1, 0, 0)


@pytest.mark.parametrize(("slots", "churns"), [(30, False), (100, True)])
def test_a_pool_keeps_its_connections_but_for_the_default_of_httpx(
    name: str, slots: int, churns: bool
) -> None:
    """httpx keeps 20 of its default of 100; with more than 20 open it closes each that becomes idle."""
    slow, together = {"kind": "latency", "add_s": 0.3}, threading.Barrier(30)
    with calling(name, slow, adapter={"pool_maxsize": slots}) as caller:
        callers = [Thread(target=_repeat, args=(caller.another(), 5, together)) for _ in range(30)]
        for thread in callers:
            thread.start()
        for thread in callers:
            thread.join(20.0)
        assert len(caller.calls) == 150
        assert (caller.pools.opened > 45) == (churns and name != "aiohttp")


def test_a_wait_for_a_connection_ends_as_the_library_limits_it(name: str) -> None:
    """httpx limits it by its own timeout; aiohttp only by the one for the whole call."""
    timeout = {"total_s": 0.3} if name == "aiohttp" else {"read_s": 0.3}
    expected = Outcome.DEADLINE if name == "aiohttp" else Outcome.POOL_TIMEOUT
    with calling(
        name, {"kind": "drip", "every_s": 0.02}, adapter={"pool_maxsize": 1}, timeout=timeout
    ) as caller:
        first = Thread(target=caller.another().get, args=("/bytes/200",), kwargs={"timeout": (9.0, 9.0)})
        first.start()
        _until(lambda: caller.pools.in_use == 1)
        caller.get()
        assert caller.calls[0].outcome is expected
        assert caller.calls[0].attempts[0].new_connection is False
        first.join(10.0)


def test_a_foreign_target_is_refused_at_the_connection(name: str) -> None:
    target_gate.install(AllowedTargets.of([]))
    try:
        with calling(name) as caller:
            assert caller.get().ok
            for path in (FOREIGN, f"/redirect-to?url={FOREIGN}"):
                assert "not loopback" in str(caller.get(path).error)
            assert [call.outcome for call in caller.calls[1:]] == [Outcome.TARGET_REFUSED] * 2
            assert caller.pools.in_use == 0
    finally:
        target_gate.remove()


def test_a_name_is_resolved_once_and_checked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target_gate.install(AllowedTargets.of([]))
    try:
        with calling(name) as caller:
            assert caller.get(caller.url.replace("127.0.0.1", "localhost") + "/get").ok
    finally:
        target_gate.remove()


def test_a_proxy_of_the_environment_does_not_lead_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    target_gate.install(AllowedTargets.of([]))
    try:
        with calling(name, session={"trust_env": True}) as caller:
            caller.get(FOREIGN)
            assert caller.calls[0].outcome is Outcome.TARGET_REFUSED
    finally:
        target_gate.remove()


def test_errors_show_no_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", "s3cr3t-word")
    tables: dict[str, Any] = {"session": {"params": {"token": "env:TEST_SECRET"}}, "timeout": {"read_s": 0.1}}
    with calling(name, {"kind": "hang"}, **tables) as caller:
        caller.get()
        assert caller.calls[0].outcome is Outcome.READ_TIMEOUT
        assert "s3cr3t-word" not in caller.calls[0].error


def test_aiohttp_s_own_repetition_is_an_attempt_with_a_number() -> None:
    """aiohttp repeats a request whose kept connection breaks, without a setting and without an event."""
    with calling("aiohttp", {"kind": "stale"}) as caller:
        caller.get()
        assert caller.get().ok
        assert [a.reason for a in caller.calls[1].attempts] == ["again", ""]
        assert [number for key, number, _ in caller.served() if key == "1.0"] == [
            1
        ]  # The first one was lost.


@pytest.mark.parametrize("name", ASYNCHRONOUS)
def test_a_thousand_calls_that_time_out_leave_nothing_behind(name: str) -> None:
    with calling(name, {"kind": "hang"}, adapter={"pool_maxsize": 50}, timeout={"read_s": 0.05}) as caller:
        listening, running = open_sockets(), threads()
        callers = [
            Thread(target=lambda: [caller.another().get("/get") for _ in range(50)]) for _ in range(20)
        ]
        for thread in callers:
            thread.start()
        for thread in callers:
            thread.join(60.0)
        assert len(caller.calls) == 1000
        assert {call.outcome for call in caller.calls} == {Outcome.READ_TIMEOUT}
        assert not caller.transport._thread.tasks  # type: ignore[union-attr]
        assert (caller.pools.in_use, caller.pools.waiting) == (0, 0)
        _until(lambda: open_sockets() <= listening and threads() <= running)
        caller.transport.close()
        sockets, others = caller.before
        _until(lambda: open_sockets() <= sockets and threads() <= others)


@pytest.mark.parametrize("name", ASYNCHRONOUS)
def test_a_thousand_calls_whose_callers_are_interrupted_leave_nothing_behind(name: str) -> None:
    interrupt = Interrupt()
    loop_thread = LoopThread(ThreadSystem(pending=interrupt.pending))
    with calling(name, {"kind": "hang"}, thread=loop_thread, adapter={"pool_maxsize": 100}) as caller:
        idle, running = open_sockets(), threads()
        interrupt.armed = True
        for _ in range(10):
            callers = [Thread(target=_interrupted, args=(caller.another(),)) for _ in range(100)]
            for thread in callers:
                thread.start()
            _until(lambda: _waiting_for_heads(caller) == 100)
            interrupt.now.set()
            for thread in callers:
                thread.join(10.0)
            _until(lambda: not loop_thread.tasks)
            interrupt.now.clear()
        interrupt.armed = False
        assert len(caller.calls) == 1000
        assert (caller.pools.in_use, caller.pools.waiting) == (0, 0)
        _until(lambda: open_sockets() <= idle and threads() <= running)


@pytest.mark.parametrize("name", ASYNCHRONOUS)
def test_closing_ends_the_thread_and_calls_under_way(name: str) -> None:
    with calling(name, {"kind": "hang"}) as caller:
        idle, running = open_sockets(), threads()
        Thread(target=caller.another().get, args=("/get",), daemon=True).start()
        _until(lambda: caller.pools.in_use == 1)
        caller.transport.close()
        with pytest.raises(MachineError, match="event loop: has ended"):
            caller.get()
        _until(lambda: open_sockets() < idle and threads() <= running)  # The caller's thread is not resumed.


@pytest.mark.parametrize("name", ASYNCHRONOUS)
def test_a_forked_process_is_told_and_ends_cleanly(name: str) -> None:
    with calling(name) as caller:
        assert caller.get().ok
        child = os.fork()
        if child == 0:
            try:
                caller.get()
            except MachineError as error:
                caller.transport.close()
                os._exit(0 if "forked" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert caller.get().ok
        assert caller.calls[1].attempts[0].new_connection is False


class Interrupt:
    """While armed, callers wait until `now` is set, and are then interrupted as by Ctrl-C."""

    def __init__(self) -> None:
        self.armed, self.now = False, Event()

    def pending(self) -> Any:
        """What a caller waits for."""
        return _Interrupted(self.now) if self.armed else Event()


class _Interrupted:
    def __init__(self, now: Event) -> None:
        self._now = now

    def set(self) -> None:
        """The work has ended."""

    def wait(self) -> None:
        assert self._now.wait(20.0)
        raise KeyboardInterrupt


def _waiting_for_heads(caller: Caller) -> int:
    """Calls whose request was sent. httpx loses a connection whose call is cancelled before (test_httpx_facts)."""
    if isinstance(caller.transport, HttpxAsyncTransport):
        found = caller.transport._client._transport._pool.connections
        return sum("ACTIVE" in connection.info() for connection in found)
    return int(caller.pools.in_use)


def _repeat(client: Client, times: int, together: threading.Barrier) -> None:
    for _ in range(times):
        together.wait(20.0)
        client.get("/get")


def _interrupted(client: Client) -> None:
    with suppress(KeyboardInterrupt):
        client.get("/get")


def _until(holds: Any) -> None:
    """Waits, 20 seconds at most, until it holds."""
    waiting, until_s = threading.Event(), time.monotonic() + 20.0
    while not holds():
        assert time.monotonic() < until_s
        waiting.wait(0.005)
