"""Hedging over real sockets: who wins, what is counted, what is never hedged, and that nothing is left over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from time import monotonic
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.lab.upstream_process import UpstreamProcess
from harness.model.call import Call
from harness.model.policy import Policy
from harness.session.resilience.controls import Controls
from harness.session.trace.instrument import instrument
from surgeline import session
from tests.load.served import Served, upstream

DELAY_S = 0.2
ADDED_S = 1.0
TABLES: dict[str, Any] = {
    "hedge": {"delay_s": DELAY_S, "methods": ["GET", "POST", "PUT"], "idempotency_key": "Idempotency-Key"},
    "retry": {"total": 0, "budget": {"kind": "ratio", "ratio": 1.0, "min_per_s": 100.0}},
    "session": {"trust_env": False},
    "adapter": {"pool_maxsize": 40},
    "timeout": {"connect_s": 2.0, "read_s": 5.0},
}
SLOW_FIRST = {"kind": "latency", "add_s": ADDED_S, "ratio": 0.5}


@pytest.fixture(scope="module")
def served() -> Iterator[UpstreamProcess]:
    """Half of the attempts take a second, by their key and number."""
    with upstream(SLOW_FIRST, capacity={"workers": 64}) as one:
        yield one


def _hedged(client: Served, count: int = 30) -> list[Call]:
    return [call for call in (client.call() for _ in range(count)) if len(call.attempts) == 2]


@pytest.fixture(scope="module")
def client(served: UpstreamProcess) -> Served:
    """A client that has made thirty calls."""
    made = Served(served, **TABLES)
    _hedged(made)
    return made


@pytest.fixture(scope="module")
def won(client: Served) -> list[Call]:
    """The calls whose first attempt takes a second and whose hedge is answered at once."""
    hedged = (call for call in client.calls if len(call.attempts) == 2)
    found = [call for call in hedged if call.ended_s - call.attempts[1].started_s < ADDED_S / 2]
    assert found
    return found


def test_a_call_whose_hedge_is_faster_takes_the_delay_and_the_hedge(won: list[Call]) -> None:
    for call in won:
        assert call.outcome == "ok"
        assert DELAY_S <= call.ended_s - call.started_s < ADDED_S


def test_the_attempt_that_lost_is_marked_as_abandoned(won: list[Call]) -> None:
    for call in won:
        first, hedge = call.attempts
        assert (first.hedge, first.lost, first.error, first.status) == (False, True, "abandoned", 0)
        assert (hedge.hedge, hedge.lost, hedge.error, hedge.status) == (True, False, "", 200)


def test_the_wait_before_the_hedge_is_measured(won: list[Call]) -> None:
    for call in won:
        first, hedge = call.attempts
        assert hedge.hedge_wait_s == pytest.approx(hedge.started_s - first.started_s)
        assert hedge.hedge_wait_s >= DELAY_S


def test_a_hedge_that_is_slower_is_marked_as_lost(client: Served) -> None:
    lost = [call for call in client.calls if len(call.attempts) == 2 and call.attempts[1].lost]
    assert lost
    for call in lost:
        assert (call.attempts[1].error, call.attempts[0].status, call.attempts[0].lost) == (
            "abandoned",
            200,
            False,
        )


def test_a_fast_call_has_one_attempt(client: Served) -> None:
    fast = [call for call in client.calls if call.ended_s - call.started_s < DELAY_S / 2]
    assert fast
    assert all(len(call.attempts) == 1 for call in fast)


def test_the_pool_is_whole_afterwards(client: Served) -> None:
    _settled(client)
    client.assert_whole()


def _settled(client: Served) -> None:
    """Waits for the helpers to have closed the connections of what was lost."""
    hedging = client.controls.pipeline.hedging
    assert hedging is not None
    until_s = monotonic() + 10.0
    while hedging.threads.busy and monotonic() < until_s:
        threading.Event().wait(0.01)


def _unhedged(client: Served, method: str = "GET", **kwargs: Any) -> set[str]:
    """Why none of some calls was hedged."""
    calls = [client.call(method, "/anything", **kwargs) for _ in range(6)]
    assert {len(call.attempts) for call in calls} == {1}
    return {call.attempts[0].unhedged for call in calls}


def test_a_post_without_a_key_is_sent_unhedged(served: UpstreamProcess) -> None:
    assert _unhedged(Served(served, **TABLES), "POST", json={}) == {"method"}


def test_a_post_with_a_key_is_hedged(served: UpstreamProcess) -> None:
    client = Served(served, **TABLES)
    calls = [
        client.call("POST", "/anything", headers={"Idempotency-Key": str(n)}, json={}) for n in range(10)
    ]
    assert any(len(call.attempts) == 2 for call in calls)


def test_a_method_that_is_not_named_is_sent_unhedged(served: UpstreamProcess) -> None:
    assert _unhedged(Served(served, **TABLES), "DELETE") == {"method"}


def test_a_streamed_call_is_sent_unhedged(served: UpstreamProcess) -> None:
    assert _unhedged(Served(served, **TABLES), stream=True) == {"stream"}


@pytest.mark.parametrize("body", [lambda: iter([b"a", b"b"]), lambda: BytesIO(b"ab")])
def test_a_body_that_can_be_sent_only_once_is_sent_unhedged(served: UpstreamProcess, body: Any) -> None:
    client = Served(served, **TABLES)
    call = client.call("PUT", "/anything", data=body())
    assert (len(call.attempts), call.attempts[0].unhedged) == (1, "body")


def test_a_session_that_retries_by_itself_is_not_hedged(served: UpstreamProcess) -> None:
    client = Served(served, **TABLES)
    client.session.mount("http://", HTTPAdapter(max_retries=Retry(2)))
    assert _unhedged(client) == {"retries"}


def test_a_hedge_that_is_due_and_not_sent_has_its_reason(served: UpstreamProcess) -> None:
    client = Served(
        served,
        **{**TABLES, "retry": {"total": 0, "budget": {"kind": "ratio", "ratio": 0.0, "min_per_s": 0.0}}},
    )
    calls = [client.call() for _ in range(10)]
    slow = [call for call in calls if call.ended_s - call.started_s > ADDED_S]
    assert slow
    assert {call.attempts[0].unhedged for call in slow} == {"budget"}


def test_a_retry_after_stops_hedges_for_its_time() -> None:
    with upstream({"kind": "status", "status": 503, "retry_after_s": 30}) as busy:
        client = Served(
            busy, **{**TABLES, "hedge": {"delay_s": 30.0}}
        )  # Due at once, after the failure alone.
        calls = [client.call() for _ in range(3)]
    assert [len(call.attempts) for call in calls] == [1, 1, 1]
    assert {call.attempts[0].unhedged for call in calls} == {"retry_after"}


def test_the_cookies_of_the_attempt_that_lost_are_dropped(served: UpstreamProcess) -> None:
    with session(Policy.model_validate({"name": "p", **TABLES})) as made:
        for n in range(20):
            made.cookies.clear()
            response = made.get(served.url + "/cookies/set", params={"n": str(n)}, allow_redirects=False)
            assert made.cookies.get_dict() == response.cookies.get_dict() == {"n": str(n)}


def test_an_instrumented_session_of_the_team_s_own_is_hedged(served: UpstreamProcess) -> None:
    with requests.Session() as own:
        own.trust_env = False
        calls: list[Call] = []
        instrument(own).listeners.append(calls.append)
        made = Controls(Policy.model_validate({"name": "p", **TABLES})).attach(own)
        for _ in range(12):
            assert made.get(served.url + "/get", timeout=5.0).ok
    hedges = [attempt for call in calls for attempt in call.attempts if attempt.hedge]
    assert len(calls) == 12
    assert hedges
    assert all(len(call.attempts) <= 2 for call in calls)


def test_a_lever_switches_it_on_and_off(served: UpstreamProcess) -> None:
    client = Served(served, **{key: table for key, table in TABLES.items() if key not in {"hedge", "retry"}})
    assert not _hedged(client, 10)
    client.controls.set_hedge(on=True)
    assert client.controls.pipeline.hedging is not None
    assert client.controls.pipeline.budget is not None
    client.controls.set_hedge(on=False)
    assert client.controls.pipeline.hedging is None
    assert client.controls.pipeline.budget is None


def test_a_redirect_after_a_hedge_has_a_number_of_its_own(served: UpstreamProcess) -> None:
    client = Served(served, **TABLES)
    calls = [client.call(path="/redirect/1") for _ in range(10)]
    assert any(attempt.hedge for call in calls for attempt in call.attempts)
    for call in calls:
        assert sorted(attempt.number for attempt in call.attempts) == list(range(len(call.attempts)))
        assert call.outcome == "ok"


def test_threads_and_connections_are_whole_after_calls_whose_losers_hang() -> None:
    """500 here; benchmarks/hedging.py makes ten thousand."""
    with upstream({"kind": "hang", "ratio": 0.5}) as hanging:
        client = Served(
            hanging,
            **{
                **TABLES,
                "hedge": {"delay_s": 0.005, "threads": 8},
                "timeout": {"connect_s": 1.0, "read_s": 1.0},
            },
        )
        with ThreadPoolExecutor(8) as threads:
            answered = sum(threads.map(lambda _: _answered(client, hanging), range(500)))
        _settled(client)
        client.assert_whole()
    names = [thread.name for thread in threading.enumerate()]
    hedging = client.controls.pipeline.hedging
    assert hedging is not None
    assert hedging.host(hanging.url).sent > 100
    assert answered > 250
    assert names.count("surgeline-hedge") <= 8 + 40


def _answered(client: Served, hanging: UpstreamProcess) -> bool:
    try:
        return client.session.get(hanging.url + "/get", timeout=1.0).ok
    except requests.RequestException:
        return False
