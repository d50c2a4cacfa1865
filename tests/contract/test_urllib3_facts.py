"""Facts about requests and urllib3 that the session package leans on. One that fails names what to rethink."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import EmptyPoolError, MaxRetryError
from urllib3.util import Retry
from urllib3.util import retry as retry_module

from tests.unit.harness.session.fakes import Clock, Peer, Reply

HOST = "http://upstream.test/"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What one pool does, in order, with urllib3's sleeps among it."""
    found: list[str] = []
    for name in ("urlopen", "_get_conn", "_make_request", "_put_conn"):
        _noted(monkeypatch, HTTPConnectionPool, name, found)
    monkeypatch.setattr(retry_module.time, "sleep", lambda _: found.append("sleep"))
    return found


def _noted(monkeypatch: pytest.MonkeyPatch, kind: type[Any], name: str, found: list[str]) -> None:
    method = getattr(kind, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        found.append(name.strip("_"))
        return method(*args, **kwargs)

    monkeypatch.setattr(kind, name, noted)


def _session(replies: list[Reply], **adapter: Any) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", Peer(Clock(), replies).adapter(**adapter))
    return session


def test_a_retry_is_urlopen_calling_itself_through_self(events: list[str]) -> None:
    session = _session([Reply(503), Reply(200)], max_retries=Retry(1, status_forcelist=[503]))
    assert session.get(HOST).ok
    assert events == [*("urlopen", "get_conn", "make_request", "put_conn")] * 2


def test_backoff_after_a_status_sleeps_with_the_slot_free(events: list[str]) -> None:
    retries = Retry(3, status_forcelist=[503], backoff_factor=1)
    assert _session([Reply(503), Reply(503), Reply(200)], max_retries=retries).get(HOST).ok
    assert events[events.index("sleep") - 1] == "put_conn"


def test_backoff_after_an_error_sleeps_with_the_slot_held(events: list[str]) -> None:
    replies = [Reply(error=ConnectionResetError()), Reply(error=ConnectionResetError()), Reply(200)]
    assert _session(replies, max_retries=Retry(3, backoff_factor=1)).get(HOST).ok
    at = events.index("sleep")
    assert (events[at - 1], events[at + 1]) == ("make_request", "put_conn")


def test_the_first_retry_does_not_sleep_even_with_jitter(events: list[str]) -> None:
    retries = Retry(1, status_forcelist=[503], backoff_factor=9, backoff_jitter=9)
    assert _session([Reply(503), Reply(200)], max_retries=retries).get(HOST).ok
    assert "sleep" not in events


def test_retry_new_rebuilds_from_parameters_and_loses_attributes() -> None:
    retries = Retry(3)
    retries.note = "here"  # type: ignore[attr-defined]
    assert not hasattr(retries.new(), "note")


def test_an_int_of_retries_retries_read_timeouts_unlike_the_docstring() -> None:
    assert HTTPAdapter(max_retries=3).max_retries.read is None
    assert HTTPAdapter().max_retries.read is False
    assert "never to requests where data has" in (HTTPAdapter.__doc__ or "")


def test_requests_passes_no_pool_timeout_and_no_redirects_to_urllib3() -> None:
    source = inspect.getsource(HTTPAdapter.send)
    assert "pool_timeout" not in source
    assert "redirect=False" in source


def test_retries_turn_a_read_timeout_into_a_connection_error() -> None:
    with pytest.raises(requests.ConnectionError) as raised:
        _session([Reply(error=TimeoutError())] * 2, max_retries=Retry(1)).get(HOST)
    assert not isinstance(raised.value, requests.Timeout)


def test_a_retry_after_is_slept_on_with_an_empty_status_forcelist(events: list[str]) -> None:
    replies = [Reply(503, headers={"Retry-After": "9"}), Reply(200)]
    assert _session(replies, max_retries=Retry(1)).get(HOST).ok
    assert "sleep" in events
    assert Retry(1).retry_after_max == 6 * 3600


def test_an_empty_pool_error_leaves_requests_untranslated(monkeypatch: pytest.MonkeyPatch) -> None:
    def empty(pool: HTTPConnectionPool, timeout: float | None = None) -> None:
        raise EmptyPoolError(pool, "empty")

    monkeypatch.setattr(HTTPConnectionPool, "_get_conn", empty)
    with pytest.raises(EmptyPoolError):
        _session([]).get(HOST)
    assert not issubclass(EmptyPoolError, requests.RequestException)


def test_any_other_failed_get_is_answered_with_a_put(
    events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(pool: HTTPConnectionPool, timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(HTTPConnectionPool, "_get_conn", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _session([]).get(HOST)
    assert events == ["urlopen", "put_conn"]


def test_an_oserror_before_the_connection_becomes_a_connection_error() -> None:
    class Refusing(HTTPConnectionPool):
        """A pool that refuses before anything is sent."""

        def urlopen(self, *args: Any, **kwargs: Any) -> Any:
            raise OSError("no")

    session = _session([])
    adapter = session.adapters["http://"]
    adapter.poolmanager.pool_classes_by_scheme = {"http": Refusing}
    with pytest.raises(requests.ConnectionError) as raised:
        session.get(HOST)
    assert isinstance(raised.value.args[0], OSError)


def test_a_retry_that_counts_nothing_but_total_is_exhausted_below_zero() -> None:
    with pytest.raises(MaxRetryError):
        Retry(0).increment("GET", "/", error=TimeoutError())


def test_session_send_holds_redirects_hooks_and_the_body() -> None:
    source = inspect.getsource(requests.Session.send)
    assert "resolve_redirects" in source
    assert "r.content" in source
    assert "dispatch_hook" in source
