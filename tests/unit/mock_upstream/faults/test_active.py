"""Whom a fault hits, and when; time and requests are ours."""

from collections.abc import Mapping
from typing import Any

import pytest

from mock_upstream.config.toml import build
from mock_upstream.faults.active import ActiveFaults
from mock_upstream.http.request import Request
from mock_upstream.profile import SingleFault


def _request(
    target: str = "/orders/7", method: str = "GET", headers: Mapping[str, str] | None = None
) -> Request:
    sent = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request(method, target.encode(), sent, b"")


def _rules(ramp_s: float = 0.0, **fault: Any) -> ActiveFaults:
    rules = ActiveFaults(seed=7)
    table = {"kind": "status", "status": 503, **fault}
    rules.on(build(SingleFault, {"fault": table}, "test").fault, "rule", 100.0, ramp_s)
    return rules


def _hit(
    rules: ActiveFaults,
    request: Request | None = None,
    key: str = "1.1",
    attempt: int = 0,
    now: float = 100.0,
) -> bool:
    return rules.decision(request or _request(), "eu", key, attempt, now) is not None


@pytest.mark.parametrize(
    ("target", "hit"),
    [
        ({"route": "/orders/*"}, True),
        ({"route": "/users/*"}, False),
        ({"method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"region": "eu"}, True),
        ({"region": "us"}, False),
        ({"header": {"x-canary": "yes*"}}, True),
        ({"header": {"X-Canary": "no"}}, False),
        ({"header": {"X-Absent": "?*"}}, False),
    ],
)
def test_a_fault_hits_what_it_aims_at(target: dict[str, Any], hit: bool) -> None:
    assert _hit(_rules(**target), _request(headers={"X-Canary": "yes, please"})) is hit


def test_the_first_n_are_hit_and_then_it_recovers() -> None:
    rules = _rules(first=3)

    assert [_hit(rules, key=str(key)) for key in range(5)] == [True, True, True, False, False]


def test_the_first_attempts_of_each_key_are_hit_and_its_retries_get_through() -> None:
    rules = _rules(attempts=2)

    assert [_hit(rules, key=key, attempt=n) for key in "ab" for n in range(4)] == [
        True,
        True,
        False,
        False,
    ] * 2


def test_a_ttl_ends_it() -> None:
    rules = _rules(ttl_s=5.0)

    assert [_hit(rules, now=now) for now in (100.0, 104.9, 105.0)] == [True, True, False]


def test_flapping_is_on_and_off_in_turn() -> None:
    rules = _rules(on_s=2.0, off_s=1.0)

    assert [_hit(rules, now=100.0 + s) for s in (0, 1.9, 2.1, 2.9, 3.1, 5.5)] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_a_ramp_raises_the_ratio_from_nothing() -> None:
    rules = _rules(ramp_s=10.0)

    shares = [
        sum(_hit(rules, key=str(key), now=now) for key in range(500)) / 500 for now in (100.0, 105.0, 110.0)
    ]

    assert shares[0] == 0.0
    assert 0.4 < shares[1] < 0.6
    assert shares[2] == 1.0


def test_a_ramp_only_adds_to_those_who_are_hit() -> None:
    rules = _rules(ramp_s=10.0)

    early = {key for key in range(300) if _hit(rules, key=str(key), now=103.0)}
    late = {key for key in range(300) if _hit(rules, key=str(key), now=107.0)}

    assert early < late


def test_faults_add_up_and_the_first_answer_counts() -> None:
    rules = _rules(name="first")
    for table in ({"kind": "latency", "add_s": 0.2}, {"kind": "status", "status": 429, "name": "second"}):
        rules.on(build(SingleFault, {"fault": table}, "test").fault, str(table), 100.0)

    decision = rules.decision(_request(), "eu", "1.1", 0, 100.0)

    assert decision is not None
    assert decision.response is not None
    assert (decision.label, decision.delay_s, decision.response.status) == ("first+latency+second", 0.2, 503)


def test_nothing_fires_when_all_is_off() -> None:
    rules = _rules()
    rules.off(rules.active[0])

    assert not _hit(rules)


def test_a_ratio_of_nothing_never_fires() -> None:
    rules = _rules(ratio=0.0)

    assert not any(_hit(rules, key=str(key)) for key in range(1000))


def test_envoys_headers_count_only_when_switched_on() -> None:
    request = _request(headers={"x-envoy-fault-abort-request": "504", "x-envoy-fault-delay-request": "30"})

    decision = ActiveFaults(7, fault_headers=True).decision(request, "eu", "1.1", 0, 100.0)

    assert ActiveFaults(7).decision(request, "eu", "1.1", 0, 100.0) is None
    assert decision is not None
    assert decision.response is not None
    assert (decision.response.status, decision.delay_s, decision.label) == (
        504,
        0.03,
        "envoy-abort+envoy-delay",
    )


def test_envoys_percentage_is_a_share() -> None:
    rules = ActiveFaults(7, fault_headers=True)
    headers = {"x-envoy-fault-abort-request": "504", "x-envoy-fault-abort-request-percentage": "25"}

    hit = sum(_hit(rules, _request(headers=headers), key=str(key)) for key in range(1000))

    assert 195 < hit < 305  # four standard errors
