"""Limiters in front of eight workers of 20 ms, on a simulated clock: what they hold, and how they go wrong."""

from __future__ import annotations

import pytest

from benchmarks import limiters
from benchmarks.limiter_systems import CAPACITY_PER_S, SERVICE_S, Client, Simulation, jain
from harness.model.limiter_settings import LimiterSettings
from harness.session.limits.envoy import EnvoyState

OVERLOAD_PER_S = 1.5 * CAPACITY_PER_S


def _settings(kind: str, **settings: float) -> LimiterSettings:
    return limiters.READ.validate_python({"kind": kind, **settings})


def _overloaded(settings: LimiterSettings | None, duration_s: float = 40.0) -> Client:
    client = Client(OVERLOAD_PER_S, settings)
    Simulation([client], duration_s).run()
    return client


def _minimum_s(client: Client) -> float:
    assert client.limiter is not None
    assert isinstance(client.limiter.state, EnvoyState)
    return client.limiter.state.minimum_s


def test_without_a_limiter_the_backlog_grows_without_bound() -> None:
    client = _overloaded(None)
    assert client.p99_s(25.0, 26.0) > client.p99_s(10.0, 11.0) + 1.0


def test_the_default_kind_keeps_the_overload_s_goodput_and_its_latency() -> None:
    found = limiters.alone(limiters.DEFAULT, 1.5, 60.0)
    assert found.goodput >= limiters.GOODPUT
    assert found.p99 <= limiters.SLOWEST
    assert found.adapted_s <= limiters.ADAPTED_S


def test_the_default_kind_does_no_harm_below_seventy_percent() -> None:
    found, none = (limiters.alone(kind, 0.7, 40.0) for kind in (limiters.DEFAULT, "none"))
    assert found.goodput >= limiters.HARMLESS * none.goodput


def test_two_clients_of_the_default_kind_get_equal_shares() -> None:
    fair, _ = limiters.shared(limiters.DEFAULT)
    assert fair >= limiters.FAIR


@pytest.mark.parametrize(("least", "protects"), [(1, True), (20, False)])
def test_a_least_limit_of_twenty_never_protects_eight_workers(least: int, protects: bool) -> None:
    client = _overloaded(_settings("envoy", least=least, min_rtt_concurrency=max(3, least)))
    assert (client.p99_s(5.0, 40.0) <= 3 * SERVICE_S) is protects


def test_a_client_that_shares_its_upstream_cannot_measure_the_minimum_alone() -> None:
    alone, shared = (Client(OVERLOAD_PER_S / 2, _settings("envoy", min_rtt_interval_s=5.0)) for _ in range(2))
    Simulation([alone], 40.0).run()
    Simulation([shared, Client(OVERLOAD_PER_S / 2, None, seed=2)], 40.0).run()
    assert _minimum_s(alone) == pytest.approx(SERVICE_S)
    assert _minimum_s(shared) > 2 * SERVICE_S


def test_a_limiter_that_begins_under_overload_takes_its_own_queue_for_normal() -> None:
    early, late = _overloaded(_settings("vegas", initial=4)), _overloaded(_settings("vegas", initial=40))
    assert early.p99_s(5.0, 40.0) <= 3 * SERVICE_S
    assert late.p99_s(5.0, 40.0) > 4 * SERVICE_S


def test_additive_increase_without_drops_grows_to_its_most() -> None:
    client = _overloaded(_settings("aimd", most=40))
    assert client.limiter is not None
    assert client.limiter.limit == 40.0


def test_an_unused_limit_grows_to_its_most() -> None:
    client = Client(0.3 * CAPACITY_PER_S, _settings("envoy"))
    Simulation([client], 30.0).run()
    assert client.limiter is not None
    assert client.limiter.limit == 1000.0


def test_jain_s_index_is_one_for_equal_shares_and_one_nth_for_one_of_n() -> None:
    assert jain([3.0, 3.0]) == pytest.approx(1.0)
    assert jain([5.0, 0.0]) == pytest.approx(0.5)
