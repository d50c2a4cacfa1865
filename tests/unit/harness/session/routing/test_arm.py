"""One policy of a routed Session."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from harness.model.policy import Policy
from harness.session.routing.arm import Arm


def arm(**tables: Any) -> Arm:
    return Arm(Policy.model_validate({"name": "p", **tables}))


REQUEST = requests.PreparedRequest()


def test_a_call_that_names_no_timeout_gets_the_policys() -> None:
    kwargs: dict[str, Any] = {"timeout": None}
    arm(timeout={"connect_s": 1.0, "read_s": 2.0}).call(REQUEST, kwargs, requests.Response)
    assert kwargs["timeout"] == (1.0, 2.0)


def test_the_timeout_of_a_call_stays() -> None:
    kwargs: dict[str, Any] = {"timeout": 9.0}
    arm(timeout={"connect_s": 1.0, "read_s": 2.0}).call(REQUEST, kwargs, requests.Response)
    assert kwargs["timeout"] == 9.0


def test_connections_are_closed_after_the_last_call_that_is_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[int] = []
    leaving = arm()
    monkeypatch.setattr(HTTPAdapter, "close", lambda _: closed.append(leaving.under_way))

    def send() -> requests.Response:
        leaving.retire()
        assert not closed
        return requests.Response()

    leaving.call(REQUEST, {}, send)
    assert closed == [0, 0], "both adapters, after the call"


def test_without_a_call_under_way_they_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []
    leaving = arm()
    monkeypatch.setattr(HTTPAdapter, "close", lambda adapter: closed.append(adapter))  # noqa: PLW0108 - a method is bound, `append` is not
    leaving.retire()
    assert len(closed) == 2


def test_a_call_that_fails_has_ended() -> None:
    failing = arm()

    def send() -> requests.Response:
        raise requests.ConnectionError

    with pytest.raises(requests.ConnectionError):
        failing.call(REQUEST, {}, send)
    assert failing.under_way == 0


@pytest.mark.parametrize(
    ("tables", "changed", "kept"),
    [
        ({"timeout": {"read_s": 2.0}}, ["timeout.read_s"], True),
        ({"adapter": {"pool_maxsize": 3}}, ["adapter.pool_maxsize"], True),
        ({"limiter": {"kind": "aimd"}}, ["limiter", "limiter.kind"], True),
        ({"retry": {"total": 2}}, ["retry.total"], False),
        ({"timeout": {"total_s": 2.0}}, ["timeout.total_s", "timeout.read_s"], False),
    ],
)
def test_some_settings_change_without_new_connections(
    tables: dict[str, Any], changed: list[str], kept: bool
) -> None:
    policy = Policy.model_validate({"name": "p", **tables})
    tuned = arm()
    assert tuned.retune(policy, changed) is kept
    assert (tuned.policy is policy) is kept
