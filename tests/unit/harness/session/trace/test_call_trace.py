"""What the anatomy says of a call, on a scripted peer: exact to the microsecond, because the clock is ours."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError
from urllib3.util import Retry

from harness.model.call import Call
from harness.session.trace.call_trace import CallTracer
from harness.session.trace.connection import connection_state
from tests.unit.harness.session.conftest import HOST, Bench
from tests.unit.harness.session.fakes import Clock, Reply


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
    assert (first.body_s, second.body_s) == (0.0, 0.0)
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


def test_the_attempt_whose_connection_found_the_pool_full_is_the_one_that_was_discarded(bench: Bench) -> None:
    bench.mount(bench.peer.adapter(pool_maxsize=1))
    first, held = bench.call(stream=True), bench.response
    second = bench.call()
    assert held is not None
    assert held.content == b"ok"
    assert [call.attempts[0].discarded for call in (first, second)] == [True, False]


def test_a_dead_connection_noticed_in_the_pool_is_stale_and_new(bench: Bench) -> None:
    bench.call()
    bench.peer.dropped = True
    (attempt,) = bench.call().attempts
    assert (attempt.stale, attempt.new_connection) == (True, True)


def test_a_dead_connection_that_costs_the_request_is_stale_and_not_new(bench: Bench) -> None:
    bench.call()
    bench.peer.replies = [Reply(error=ConnectionResetError())]
    call = Call(0, 0, "GET", "/", 0.0, 0.0)
    with pytest.raises(requests.ConnectionError), bench.tracer.calling(call, keyed=True):
        bench.session.get(HOST)
    (attempt,) = call.attempts
    assert (attempt.stale, attempt.new_connection) == (True, False)
    (gauge,) = bench.tracer.gauges.values()
    assert (gauge.stale, bench.in_use) == (1, 0)


def test_greenlets_may_run_before_each_attempt(bench: Bench) -> None:
    _retrying(bench)
    bench.peer.replies = [Reply(503), Reply(200)]
    turns: list[None] = []
    bench.tracer.give_way = lambda: turns.append(None)
    bench.call()
    assert len(turns) == 2


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


@pytest.mark.parametrize(
    ("status", "reason"), [(299, "299"), (300, "redirect"), (399, "redirect"), (400, "400")]
)
def test_only_a_status_from_300_to_399_is_a_redirect(bench: Bench, status: int, reason: str) -> None:
    bench.peer.replies = [Reply(status), Reply(200)]

    def again(response: requests.Response, **_: Any) -> requests.Response:
        return response if response.status_code == 200 else bench.session.get(response.url)

    assert [attempt.reason for attempt in bench.call(hooks={"response": again}).attempts] == [reason, ""]


def test_an_attempt_without_a_status_that_is_made_again_by_the_caller_keeps_its_error(bench: Bench) -> None:
    bench.peer.replies = [Reply(error=ConnectionResetError()), Reply(200)]
    send = bench.session.send

    def persistent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        try:
            return send(request, **kwargs)
        except requests.ConnectionError:
            return send(request, **kwargs)

    bench.session.send = persistent  # type: ignore[method-assign]
    first, last = bench.call().attempts
    assert (first.error, first.reason, last.status) == ("protocol", "protocol", 200)


def test_every_retried_error_is_named_by_itself_and_not_by_the_first(bench: Bench) -> None:
    _retrying(bench)
    bench.peer.replies = [
        Reply(connect_error=ConnectTimeoutError()), Reply(error=TimeoutError()), Reply(error=ConnectionResetError()),
        Reply(),
    ]  # fmt: skip
    assert [attempt.error for attempt in bench.call().attempts] == [
        "connect_timeout",
        "read_timeout",
        "protocol",
        "",
    ]


def test_the_last_error_of_a_call_that_failed_is_its_attempt_s(bench: Bench, clock: Clock) -> None:
    call = Call(0, 0, "GET", "/", 0.0, 0.0)
    bench.peer.replies = [Reply(error=TimeoutError(), after_s=0.5)]
    with pytest.raises(requests.Timeout), bench.tracer.calling(call, keyed=True):
        bench.session.get(HOST)
    (attempt,) = call.attempts
    assert (attempt.error, attempt.status) == ("read_timeout", 0)
    assert (attempt.first_byte_s, attempt.body_s) == (pytest.approx(0.501), 0.0)


def test_a_response_that_breaks_in_its_body_keeps_its_status_and_has_no_error_of_the_attempt(
    bench: Bench,
) -> None:
    """The caller names it; the attempt itself was answered."""
    call = Call(0, 0, "GET", "/", 0.0, 0.0)
    bench.peer.replies = [Reply(503), Reply(503)]
    bench.mount(bench.peer.adapter(max_retries=Retry(total=1, status_forcelist=[503], backoff_factor=0.0)))
    with pytest.raises(requests.exceptions.RetryError), bench.tracer.calling(call, keyed=True):
        bench.session.get(HOST)
    assert [(attempt.status, attempt.error) for attempt in call.attempts] == [(503, ""), (503, "")]


def test_a_wait_for_a_connection_is_the_attempt_s_and_is_seen_while_it_lasts(
    bench: Bench, clock: Clock
) -> None:
    (pool,) = _pools_of(bench)
    seen = list[int]()
    gauge = bench.tracer.gauges["http://upstream.test:80"]

    def slow(*args: Any, **kwargs: Any) -> Any:
        seen.append(gauge.waiting)
        clock.sleep(0.75)
        return HTTPConnectionPool._get_conn(pool, *args, **kwargs)

    observed = pool.__dict__["_get_conn"].__self__
    observed._get_conn = lambda _, *args, **kwargs: slow(*args, **kwargs)
    (attempt,) = bench.call().attempts
    assert (attempt.pool_wait_s, seen, gauge.waiting) == (pytest.approx(0.75), [1], 0)


def _pools_of(bench: Bench) -> list[Any]:
    """The pools that the Session has used, after one call."""
    bench.call()
    return list(bench.session.adapters["http://"].poolmanager.pools._container.values())  # type: ignore[attr-defined]


def test_a_sleep_of_equal_length_before_and_after_the_slot_is_not_held(bench: Bench) -> None:
    _retrying(bench, backoff_factor=0.0)
    bench.peer.replies = [Reply(error=ConnectionResetError()), Reply()]
    first, _ = bench.call().attempts
    assert (first.backoff_s, first.backoff_held) == (0.0, False)


def test_waits_of_the_policy_belong_to_the_next_attempt_alone(bench: Bench) -> None:
    call = Call(0, 0, "GET", "/", 0.0, 0.0)
    with bench.tracer.calling(call, keyed=True) as trace:
        trace.waits_s = {"throttle_s": 0.25, "pool_wait_s": 0.5}
        bench.session.get(HOST)
        bench.session.get(HOST)
    assert [(attempt.throttle_s, attempt.pool_wait_s) for attempt in call.attempts] == [
        (0.25, 0.5),
        (0.0, 0.0),
    ]


def test_a_call_that_is_not_keyed_sends_no_key(bench: Bench) -> None:
    with bench.tracer.calling(Call(0, 0, "GET", "/", 0.0, 0.0), keyed=False):
        bench.session.get(HOST)
    assert bench.peer.seen[0][2].keys().isdisjoint({"X-Surgeline-Key"})


def test_a_connection_in_the_pool_belongs_to_no_call(bench: Bench) -> None:
    bench.call()
    (pool,) = bench.session.adapters["http://"].poolmanager.pools._container.values()  # type: ignore[attr-defined]
    conn = next(conn for conn in pool.pool.queue if conn is not None)
    memory = connection_state(conn, bench.tracer.gauges[HOST])
    assert (memory.trace, memory.attempt) == (None, None)


def test_two_callers_without_a_trace_that_wait_are_two(bench: Bench) -> None:
    bench.mount(bench.peer.adapter(pool_maxsize=1, pool_block=True))
    held = bench.session.get(HOST, stream=True)
    (gauge,) = bench.tracer.gauges.values()
    threads = [threading.Thread(target=bench.session.get, args=(HOST,), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    end_s = monotonic() + 10.0
    while gauge.waiting < 2 and monotonic() < end_s:
        pass
    waiting = gauge.waiting
    assert held.content == b"ok"
    for thread in threads:
        thread.join(10.0)
    assert (waiting, gauge.waiting, gauge.in_use) == (2, 0, 0)


def test_without_an_epoch_times_are_readings_of_the_monotonic_clock() -> None:
    before_s = monotonic()
    assert before_s <= CallTracer().now() <= monotonic()


def test_a_call_that_ends_with_an_error_has_it_in_its_last_attempt(bench: Bench) -> None:
    bench.peer.replies = [Reply(connect_error=ConnectTimeoutError())]
    call = Call(0, 0, "GET", "/", 0.0, 0.0)
    with bench.tracer.calling(call, keyed=True), pytest.raises(requests.ConnectTimeout):
        bench.session.get(HOST)
    assert [attempt.error for attempt in call.attempts] == ["connect_timeout"]
