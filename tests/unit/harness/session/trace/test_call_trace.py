"""What the anatomy says of a call, on a scripted peer: exact to the microsecond, because the clock is ours."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError
from urllib3.util import Retry

from tests.unit.harness.session.conftest import HOST, Bench
from tests.unit.harness.session.fakes import Reply


def _retrying(bench: Bench, **kwargs: Any) -> None:
    defaults: dict[str, Any] = {"total": 3, "status_forcelist": [503], "backoff_factor": 0.5}
    bench.mount(bench.peer.adapter(max_retries=Retry(**(defaults | kwargs))))


def test_a_call_is_one_attempt_on_a_new_connection(bench: Bench) -> None:
    bench.peer.replies = [Reply(after_s=0.02, connect_s=0.005, body=b"hello", body_s=0.3)]
    call = bench.call()
    (attempt,) = call.attempts
    assert (attempt.new_connection, attempt.stale, attempt.status) == (True, False, 200)
    assert attempt.connect_s == pytest.approx(0.005)
    assert attempt.first_byte_s == pytest.approx(0.025)
    assert attempt.body_s == pytest.approx(0.3)
    assert call.received_bytes == 5
    assert bench.in_use == 0


def test_the_second_call_reuses_the_connection(bench: Bench) -> None:
    bench.call()
    (attempt,) = bench.call().attempts
    assert (attempt.new_connection, attempt.connect_s) == (False, 0.0)
    assert bench.peer.connections == 1


def test_a_retried_status_names_its_reason_and_sleeps_with_the_slot_free(bench: Bench) -> None:
    _retrying(bench)
    bench.peer.replies = [Reply(503, body_s=0.1), Reply(503), Reply(200)]
    first, second, last = bench.call().attempts
    assert (first.reason, second.reason, last.reason) == ("503", "503", "")
    assert (first.backoff_s, first.drain_s, first.body_s) == (0.0, pytest.approx(0.1), 0.0)
    assert (second.backoff_s, second.backoff_held) == (pytest.approx(1.0), False)


def test_a_retried_error_sleeps_with_the_slot_held(bench: Bench) -> None:
    _retrying(bench)
    bench.peer.replies = [Reply(error=ConnectionResetError()), Reply(error=TimeoutError()), Reply()]
    first, second, last = bench.call().attempts
    assert (first.error, second.error, last.error) == ("protocol", "read_timeout", "")
    assert (second.backoff_s, second.backoff_held) == (pytest.approx(1.0), True)
    assert bench.in_use == 0


def test_a_connection_that_is_refused_is_an_attempt_with_an_error(bench: Bench) -> None:
    _retrying(bench)
    bench.peer.replies = [Reply(connect_error=ConnectTimeoutError(), connect_s=0.25), Reply()]
    first, last = bench.call().attempts
    assert (first.error, first.connect_s, first.reason) == ("connect_timeout", 0.25, "connect_timeout")
    assert last.status == 200


def test_a_redirect_is_an_attempt_of_its_own(bench: Bench) -> None:
    bench.peer.replies = [Reply(302, headers={"Location": HOST + "/there"}), Reply(200)]
    first, last = bench.call().attempts
    assert (first.reason, first.status, last.reason, last.status) == ("redirect", 302, "", 200)


def test_a_loop_around_the_session_belongs_to_the_same_call(bench: Bench) -> None:
    bench.peer.replies = [Reply(500), Reply(200)]

    def again(response: requests.Response, **_: Any) -> requests.Response | None:
        return None if response.ok else bench.session.get(response.url)

    first, last = bench.call(hooks={"response": again}).attempts
    assert (first.reason, last.reason) == ("500", "")


def test_a_full_pool_discards_the_connection(bench: Bench) -> None:
    bench.mount(bench.peer.adapter(pool_maxsize=1))
    bench.call()
    held = bench.session.get(HOST, stream=True)
    assert bench.in_use == 1
    (attempt,) = bench.call().attempts
    assert (attempt.new_connection, attempt.discarded) == (True, False)
    assert held.content == b"ok"
    (gauge,) = bench.tracer.gauges.values()
    assert (gauge.opened, gauge.discarded, gauge.idle, bench.in_use) == (2, 1, 1, 0)


def test_a_dead_connection_noticed_in_the_pool_is_stale_and_new(bench: Bench) -> None:
    bench.call()
    bench.peer.dropped = True
    (attempt,) = bench.call().attempts
    assert (attempt.stale, attempt.new_connection) == (True, True)


def test_a_dead_connection_that_costs_the_request_is_stale_and_not_new(bench: Bench) -> None:
    bench.call()
    bench.peer.replies = [Reply(error=ConnectionResetError())]
    call = None
    with pytest.raises(requests.ConnectionError):
        call = bench.call()
    assert call is None
    (gauge,) = bench.tracer.gauges.values()
    assert (gauge.stale, bench.in_use) == (1, 0)


def test_a_streamed_response_read_during_another_call_is_credited_to_its_own_attempt(bench: Bench) -> None:
    bench.peer.replies = [Reply(body_s=0.5), Reply()]
    streamed = bench.call(stream=True)
    held = bench.response

    def read_the_other(*_: Any, **__: Any) -> None:
        assert held is not None
        assert held.content == b"ok"

    other = bench.call(hooks={"response": read_the_other})
    assert streamed.attempts[0].body_s == pytest.approx(0.5 + 0.021)
    assert other.attempts[0].body_s == pytest.approx(0.5)


def test_reading_in_another_thread_gives_the_connection_back(bench: Bench) -> None:
    response = bench.session.get(HOST, stream=True)
    reader = threading.Thread(target=lambda: response.content)
    reader.start()
    reader.join(5.0)
    assert bench.in_use == 0


def test_a_team_s_own_adapter_and_retry_keep_their_classes_and_state(bench: Bench) -> None:
    class TeamRetry(Retry):
        """Counts its own rounds, and survives `new` the way urllib3 asks for."""

        rounds = 0

        def increment(self, *args: Any, **kwargs: Any) -> TeamRetry:
            TeamRetry.rounds += 1
            return super().increment(*args, **kwargs)

    class TeamAdapter(HTTPAdapter):
        """Signs what it sends."""

        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            request.headers["X-Signed"] = "yes"
            return super().send(request, *args, **kwargs)

    retries = TeamRetry(total=3, status_forcelist=[503])
    bench.mount(bench.peer.adapter(TeamAdapter, max_retries=retries))
    bench.peer.replies = [Reply(503), Reply(503), Reply(200)]
    call = bench.call()
    assert TeamRetry.rounds == 2
    assert [attempt.reason for attempt in call.attempts] == ["503", "503", ""]
    assert all(headers["X-Signed"] == "yes" for _, _, headers in bench.peer.seen)


def test_the_key_and_the_attempt_s_number_travel_as_headers(bench: Bench) -> None:
    _retrying(bench)
    bench.peer.replies = [Reply(503), Reply(200)]
    bench.call()
    sent = [(h["X-Surgeline-Key"], h.get("X-Surgeline-Attempt")) for _, _, h in bench.peer.seen]
    assert sent == [("0.0", None), ("0.0", "1")]


def test_calls_outside_a_trace_are_counted_in_the_gauge(bench: Bench) -> None:
    assert bench.session.get(HOST).ok
    (gauge,) = bench.tracer.gauges.values()
    assert (gauge.opened, gauge.in_use, gauge.idle, gauge.waiting) == (1, 0, 1, 0)
    assert bench.peer.seen[0][2].keys().isdisjoint({"X-Surgeline-Key"})


def test_an_interrupted_wait_leaves_the_gauge_whole(bench: Bench) -> None:
    bench.call()
    (pool,) = bench.session.adapters["http://"].poolmanager.pools._container.values()
    pool.close()
    with pytest.raises(requests.ConnectionError):
        bench.call()
    (gauge,) = bench.tracer.gauges.values()
    assert (gauge.in_use, gauge.waiting) == (0, 0)
