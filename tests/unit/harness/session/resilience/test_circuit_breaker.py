"""The breaker: one probe, no lock held during a call, late results ignored."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from harness.model import resilience_settings
from harness.session.resilience.circuit_breaker import CircuitBreaker


@pytest.fixture
def breaker() -> CircuitBreaker:
    """Opens at half of at least four attempts, for five seconds."""
    return CircuitBreaker(
        resilience_settings.BreakerSettings(failure_ratio=0.5, minimum=4, window_s=10.0, open_s=5.0)
    )


def _attempts(breaker: CircuitBreaker, now: float, *results: bool) -> None:
    for ok in results:
        generation = breaker.allow(now)
        assert generation is not None
        breaker.settle(generation, now, ok)


def _tripped(breaker: CircuitBreaker, now: float = 100.0) -> CircuitBreaker:
    _attempts(breaker, now, False, False, False, False)
    assert breaker.state(now) == "open"
    return breaker


def test_too_few_attempts_mean_nothing(breaker: CircuitBreaker) -> None:
    _attempts(breaker, 100.0, False, False, False)
    assert breaker.state(100.0) == "closed"


def test_half_failures_open_it(breaker: CircuitBreaker) -> None:
    _attempts(breaker, 100.0, True, False, True, False)
    assert breaker.state(100.0) == "open"


def test_failures_out_of_the_window_are_forgotten(breaker: CircuitBreaker) -> None:
    _attempts(breaker, 100.0, False, False, False)
    _attempts(breaker, 120.0, True, False)
    assert breaker.state(120.0) == "closed"


def test_open_refuses_everybody_until_its_time_is_over(breaker: CircuitBreaker) -> None:
    _tripped(breaker)
    assert breaker.allow(104.9) is None
    assert breaker.refuses(104.9)
    assert not breaker.refuses(105.0)


def test_twenty_threads_at_half_open_let_exactly_one_probe_through(breaker: CircuitBreaker) -> None:
    _tripped(breaker)
    together, permits = Barrier(20), []

    def ask() -> None:
        together.wait(10.0)
        permits.append(breaker.allow(105.0))

    threads = [Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)
    assert len(permits) == 20
    assert sum(permit is not None for permit in permits) == 1


def test_a_good_probe_closes_and_a_bad_one_opens_for_as_long_again(breaker: CircuitBreaker) -> None:
    _tripped(breaker)
    _attempts(breaker, 105.0, False)
    assert breaker.state(109.9) == "open"
    _attempts(breaker, 110.0, True)
    assert breaker.state(110.0) == "closed"


def test_it_stays_half_open_until_as_many_probes_have_succeeded_as_it_asks_for() -> None:
    breaker = _tripped(
        CircuitBreaker(resilience_settings.BreakerSettings(minimum=4, window_s=10.0, open_s=5.0, probes=3))
    )
    probes = [breaker.allow(105.0) for _ in range(4)]
    assert probes[:3] == [probes[0]] * 3
    assert probes[3] is None
    for settled, state in ((1, "half-open"), (2, "half-open"), (3, "closed")):
        breaker.settle(probes[0] or 0, 105.0, True)
        assert breaker.state(105.0) == state, settled


def test_a_closed_breaker_has_forgotten_the_failures_before_it_opened(breaker: CircuitBreaker) -> None:
    _tripped(breaker)
    _attempts(breaker, 105.0, True)
    _attempts(breaker, 105.0, False, False, False)
    assert breaker.state(105.0) == "closed"


def test_an_attempt_that_was_not_sent_counts_as_nothing(breaker: CircuitBreaker) -> None:
    _attempts(breaker, 100.0, False, False, False)
    generation = breaker.allow(100.0)
    assert generation is not None
    breaker.settle(generation, 100.0, None)
    assert breaker.state(100.0) == "closed"


def test_a_probe_that_never_went_out_frees_its_place(breaker: CircuitBreaker) -> None:
    _tripped(breaker)
    generation = breaker.allow(105.0)
    assert generation is not None
    breaker.settle(generation, 105.0, None)
    assert breaker.allow(105.0) is not None


def test_a_late_result_of_an_older_generation_is_ignored(breaker: CircuitBreaker) -> None:
    old = breaker.allow(100.0)
    assert old is not None
    _tripped(breaker)
    probe = breaker.allow(105.0)
    assert probe is not None
    breaker.settle(old, 105.0, True)
    assert breaker.state(105.0) == "half-open"
    breaker.settle(old, 105.0, False)
    assert breaker.state(105.0) == "half-open"


def test_many_calls_are_under_way_at_once(breaker: CircuitBreaker) -> None:
    assert all(breaker.allow(100.0) is not None for _ in range(40))


def test_7_failures_of_100_are_a_ratio_of_0_07() -> None:
    breaker = CircuitBreaker(resilience_settings.BreakerSettings(failure_ratio=0.07, minimum=100))
    _attempts(breaker, 100.0, *[False] * 7, *[True] * 92)
    assert breaker.state(100.0) == "closed"
    _attempts(breaker, 100.0, True)
    assert breaker.state(100.0) == "open"
