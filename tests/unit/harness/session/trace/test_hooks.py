"""Nothing that is observed lives longer than it would unobserved."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
import requests

from harness.session.trace.call_trace import CallTracer
from tests.unit.harness.session.conftest import HOST
from tests.unit.harness.session.fakes import Clock, Peer


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def _used_session(anatomy: CallTracer, clock: Clock) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", Peer(clock).adapter())
    anatomy.instrument(session).get(HOST)
    return session


def test_closing_a_session_frees_its_pools_at_once(clock: Clock) -> None:
    session = _used_session(CallTracer(), clock)
    (pool,) = session.adapters["http://"].poolmanager.pools._container.values()
    ghost = weakref.ref(pool)
    del pool
    session.close()
    assert ghost() is None


def test_dropping_a_session_frees_it_without_the_garbage_collector(clock: Clock) -> None:
    session = _used_session(CallTracer(), clock)
    ghost = weakref.ref(session)
    del session
    assert ghost() is None


def test_a_session_per_call_leaves_one_gauge_and_no_pools(clock: Clock) -> None:
    anatomy = CallTracer()
    for _ in range(20):
        _used_session(anatomy, clock).close()
    (gauge,) = anatomy.gauges.values()
    assert (gauge.opened, gauge.pools, gauge.in_use, gauge.maxsize) == (20, [], 0, 0)


def test_a_response_that_is_never_read_counts_until_its_pool_is_dropped(clock: Clock) -> None:
    anatomy = CallTracer()
    session = _used_session(anatomy, clock)
    (gauge,) = anatomy.gauges.values()
    response = session.get(HOST, stream=True)
    assert gauge.in_use == 1
    session.close()
    del session, response
    assert gauge.in_use == 0


def test_observing_twice_counts_once(clock: Clock) -> None:
    anatomy = CallTracer()
    session = _used_session(anatomy, clock)
    anatomy.instrument(session).get(HOST)
    (gauge,) = anatomy.gauges.values()
    assert (gauge.opened, gauge.in_use) == (1, 0)


def test_an_adapter_mounted_later_is_observed_too(clock: Clock) -> None:
    anatomy = CallTracer()
    session = _used_session(anatomy, clock)
    session.mount("http://other.test", Peer(clock).adapter())
    session.get("http://other.test/")
    assert set(anatomy.gauges) == {"http://upstream.test:80", "http://other.test:80"}
