"""What a canary that breaks does to its callers: over real sockets, with factories whose Sessions break."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest
import requests

import surgeline
from harness.lab.upstream_process import UpstreamProcess
from harness.session.rollout.canary import Canary
from tests.load import broken_sessions
from tests.load.served import upstream

PLAN = surgeline.RolloutPlan.model_validate(
    {"name": "breaks", "slow_s": 0.2, "steps": [{"share": 0.3, "at_most_s": 60}]}
)
AT_MOST_S, EVERY_S = 30.0, 0.01


@pytest.fixture(scope="module")
def served() -> Iterator[UpstreamProcess]:
    with upstream({"kind": "latency", "add_s": 0.05}) as running:
        yield running


def policy(name: str, **tables: Any) -> surgeline.Policy:
    return surgeline.Policy.model_validate({"name": name, "session": {"trust_env": False}, **tables})


def canary(**tables: Any) -> tuple[requests.Session, Canary]:
    """The Session of a canary whose new policy has these tables, and the canary."""
    session = surgeline.canary(
        policy("old", adapter={"pool_maxsize": 40}), policy("new", **tables), plan=PLAN
    )
    return session, session.__dict__["_surgeline_canary"]


def called_until_decided(
    session: requests.Session, rollout: Canary, url: str
) -> list[Future[requests.Response]]:
    """Calls a hundred times a second until the canary is decided; some calls may still be under way."""
    threads, calls = ThreadPoolExecutor(40), list[Future[requests.Response]]()
    end_s = monotonic() + AT_MOST_S
    while rollout.decision.state == "comparing":
        assert monotonic() < end_s, "not decided in time"
        calls.append(threads.submit(session.get, url))
        sleep(EVERY_S)
    threads.shutdown(wait=False)
    return calls


@pytest.mark.parametrize("factory", ["defective", "without_adapter"])
def test_a_canary_whose_session_breaks_fails_no_caller_and_is_taken_back(
    served: UpstreamProcess, factory: str
) -> None:
    session, rollout = canary(factory=f"{broken_sessions.__name__}:{factory}")
    calls = called_until_decided(session, rollout, served.url + "/get")
    assert rollout.decision.state == "rolled back"
    assert {call.result(AT_MOST_S).status_code for call in calls} == {200}
    assert rollout.fallbacks > 0


def test_a_canary_that_hangs_is_taken_back_while_its_calls_are_still_under_way(
    served: UpstreamProcess,
) -> None:
    broken_sessions.RELEASED.clear()
    session, rollout = canary(factory=f"{broken_sessions.__name__}:hanging")
    try:
        calls = called_until_decided(session, rollout, served.url + "/get")
        assert rollout.decision.state == "rolled back"
        assert rollout.canary.arm.under_way > 0
        assert session.get(served.url + "/get").status_code == 200
    finally:
        broken_sessions.RELEASED.set()
    assert {call.result(AT_MOST_S).status_code for call in calls} == {200}


def test_a_canary_that_exhausts_its_pool_takes_no_slot_of_the_other_policy(served: UpstreamProcess) -> None:
    session, rollout = canary(adapter={"pool_maxsize": 1, "pool_block": True})
    calls = called_until_decided(session, rollout, served.url + "/get")
    assert rollout.decision.state == "rolled back"
    assert rollout.canary.arm.under_way > 0, "calls still wait for the canary's only slot"
    began_s = monotonic()
    assert session.get(served.url + "/get").status_code == 200
    assert monotonic() - began_s < 2.0
    assert {call.result(AT_MOST_S).status_code for call in calls} == {200}
