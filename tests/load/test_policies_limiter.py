"""A limiter over real sockets: on threads, on a team's own Session, in a service, and in a run's record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import requests

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.policy import Policy
from harness.record.reader import Record
from harness.session.errors import ConcurrencyLimited
from harness.session.resilience.controls import Controls
from harness.session.resilience.hooks import PolicyHooks
from harness.session.trace.instrument import instrument
from surgeline import session
from tests.load.served import Served, upstream

THREADS, LIMIT = 8, 3
LIMITED: dict[str, Any] = {"limiter": {"kind": "aimd", "initial": LIMIT, "most": LIMIT}}
SLOW = {"kind": "latency", "add_s": 0.2}


def _policy(**limiter: object) -> Policy:
    tables = {"session": {"trust_env": False}, "limiter": {**LIMITED["limiter"], **limiter}}
    return Policy.model_validate({"name": "p", "timeout": {"connect_s": 1.0, "read_s": 5.0}, **tables})


def _at_once(made: requests.Session, url: str) -> list[str]:
    """What became of one call of each thread, all begun together."""
    together = Barrier(THREADS)

    def call(_: int) -> str:
        together.wait(5.0)
        try:
            return "ok" if made.get(url).ok else "bad"
        except ConcurrencyLimited:
            return "limited"

    with ThreadPoolExecutor(THREADS) as threads:
        return sorted(threads.map(call, range(THREADS)))


def _expected(admitted: int) -> list[str]:
    return sorted(["ok"] * admitted + ["limited"] * (THREADS - admitted))


def test_a_service_s_session_admits_as_many_threads_as_the_limit() -> None:
    with upstream(SLOW) as served, session(_policy()) as made:
        assert _at_once(made, served.url + "/get") == _expected(LIMIT)
        assert _at_once(made, served.url + "/get") == _expected(LIMIT)


def test_an_instrumented_session_of_the_team_s_own_obeys_the_limit() -> None:
    with upstream(SLOW) as served, requests.Session() as own:
        own.trust_env = False
        instrument(own)
        made = Controls(_policy()).attach(own)
        assert _at_once(made, served.url + "/get") == _expected(LIMIT)


def test_those_that_may_wait_are_admitted_in_turn() -> None:
    with upstream(SLOW) as served, session(_policy(max_wait_s=5.0)) as made:
        assert _at_once(made, served.url + "/get") == _expected(THREADS)


def test_the_wait_is_in_the_anatomy_of_the_call() -> None:
    with upstream(SLOW) as served:
        limiter = {"kind": "aimd", "initial": 1, "most": 1, "max_wait_s": 5.0}
        client = Served(served, session={"trust_env": False}, limiter=limiter)
        with ThreadPoolExecutor(1) as other:
            held = client.session.get(served.url + "/get", stream=True)
            waiting = other.submit(client.call)
            (host,) = client.controls.pipeline.hosts.values()
            while host.limiter is None or not host.limiter.waiting:
                pass
            assert held.content
            (attempt,) = waiting.result(10.0).attempts
        assert attempt.limiter_wait_s > 0.0
        client.assert_whole()


def test_a_body_that_is_never_read_keeps_its_place_until_the_response_is_closed() -> None:
    with upstream() as served, session(_policy(initial=1, most=1)) as made:
        held = made.get(served.url + "/get", stream=True)
        with pytest.raises(ConcurrencyLimited):
            made.get(served.url + "/get")
        held.close()
        assert made.get(served.url + "/get").ok


def test_a_lever_reaches_a_session_that_is_in_use() -> None:
    with upstream(SLOW) as served:
        client = Served(served, session={"trust_env": False})
        assert _at_once(client.session, served.url + "/get") == _expected(THREADS)
        client.controls.set_limiter(on=True)
        assert _at_once(client.session, served.url + "/get") == _expected(3)
        client.controls.set_limiter(on=False)
        assert _at_once(client.session, served.url + "/get") == _expected(THREADS)


@pytest.fixture(scope="module")
def overloaded(tmp_path_factory: pytest.TempPathFactory) -> Record:
    overrides = read_overrides(
        [
            "scenario.arrivals=[{rate_per_s=150, duration_s=6}]",
            "scenario.slo.warmup_s=0",
            'scenario.slo.thresholds=["p99(limiter_wait) < 9s"]',
            "upstream.capacity.workers=2",
            'scenario.timeline=[{at_s=4, lever="limiter", on=false}]',
        ]
    )
    written = read_scenario("baseline", overrides)
    plan = Plan(read_policy("envoy-adaptive", overrides), written.scenario, written.upstream)
    record = run_plan(plan, Path(tmp_path_factory.mktemp("runs")))
    assert record.state == "complete", record.end
    return record


def test_a_run_records_the_limit_and_the_attempts_in_flight(overloaded: Record) -> None:
    guards = overloaded.table("guards")
    limited = guards[guards["limiter_limit"].notna()]
    assert len(limited) > 10
    assert (limited["limiter_in_flight"] >= 0).all()
    assert set(limited["host"]) == {overloaded.run.target}


def test_a_run_records_refused_calls_without_attempts(overloaded: Record) -> None:
    calls = overloaded.calls()
    refused = calls[calls["outcome"] == "limited"]
    assert len(refused) > 50
    assert (refused["attempts"] == 0).all()


def test_nothing_is_refused_after_the_lever_has_removed_the_limiter(overloaded: Record) -> None:
    calls = overloaded.calls()
    assert not (calls.loc[calls["started_s"] > 5.0, "outcome"] == "limited").any()


def test_a_policy_without_a_limiter_pays_nothing_for_it() -> None:
    policy = Policy.model_validate({"name": "p", "session": {"trust_env": False}})
    assert not PolicyHooks(Controls(policy).pipeline)._activated
