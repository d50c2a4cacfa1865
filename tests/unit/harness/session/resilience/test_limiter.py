"""The limiter of one host: its windows, its places, and many threads at once."""

from __future__ import annotations

from random import Random
from threading import Barrier, Thread

from harness.model.limiter_settings import AimdLimiter, EnvoyLimiter, FailsafeLimiter
from harness.session.resilience.limiter import Limiter


def _aimd(initial: int, **settings: float) -> Limiter:
    return Limiter(AimdLimiter(kind="aimd", initial=initial, **settings), 0.0, Random(1))


def _attempts(limiter: Limiter, count: int, now: float, dropped: bool = False) -> None:
    """So many attempts of 20 ms, one after the other."""
    for _ in range(count):
        admission = limiter.enter(0.0)
        assert admission is not None
        admission.sent(now - 0.02)
        admission.settle(now, dropped)
        admission.free()


def test_no_more_attempts_than_the_limit_are_admitted() -> None:
    limiter = _aimd(2)
    assert [limiter.enter(0.0) is not None for _ in range(3)] == [True, True, False]
    assert (limiter.limit, limiter.in_flight) == (2.0, 2)


def test_the_limit_is_decided_at_the_end_of_a_window() -> None:
    limiter = _aimd(2)
    _attempts(limiter, 20, 0.9)
    assert limiter.limit == 2.0
    _attempts(limiter, 1, 1.0)
    assert limiter.limit == 3.0


def test_a_window_with_fewer_than_ten_attempts_is_continued() -> None:
    limiter = _aimd(2)
    _attempts(limiter, 9, 5.0)
    assert limiter.limit == 2.0
    _attempts(limiter, 1, 5.0)
    assert limiter.limit == 3.0


def test_a_smaller_limit_holds_for_the_next_attempt() -> None:
    limiter = _aimd(4)
    held = [limiter.enter(0.0) for _ in range(3)]
    _attempts(limiter, 10, 1.0, dropped=True)
    assert limiter.limit == 3.0
    assert limiter.enter(0.0) is None
    assert held[0] is not None
    held[0].free()
    assert limiter.enter(0.0) is not None


def test_an_attempt_counts_once_and_only_if_it_was_sent() -> None:
    limiter = _aimd(2)
    for _ in range(30):
        admission = limiter.enter(0.0)
        assert admission is not None
        admission.settle(2.0, dropped=False)
        admission.free()
        admission.free()
    assert (limiter.limit, limiter.in_flight) == (2.0, 0)


def test_attempts_of_before_a_measurement_do_not_count_in_it() -> None:
    settings = EnvoyLimiter(kind="envoy", min_rtt_requests=5)
    limiter = Limiter(settings, 10.0, Random(1))
    for _ in range(20):
        admission = limiter.enter(0.0)
        assert admission is not None
        admission.sent(9.9)
        admission.settle(11.0, dropped=False)
        admission.free()
    _attempts(limiter, 4, 12.0)
    assert limiter.limit == 3.0
    _attempts(limiter, 1, 12.0)  # The measurement ends.
    _attempts(limiter, 1, 13.0)
    assert limiter.limit > 3.0


def test_places_are_whole_after_many_threads() -> None:
    limiter, barrier, most = _aimd(4, most=8), Barrier(16), [0]

    def work(seed: int) -> None:
        rng = Random(seed)
        barrier.wait()
        for number in range(300):
            admission = limiter.enter(5.0)
            assert admission is not None
            most[0] = max(most[0], limiter.in_flight)
            admission.sent(number * 0.1)
            admission.settle(number * 0.1 + 0.02, dropped=rng.random() < 0.02)
            admission.free()

    threads = [Thread(target=work, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30.0)
    assert (limiter.in_flight, limiter.waiting) == (0, 0)
    assert most[0] <= 8
    assert all(limiter.enter(0.0) is not None for _ in range(int(limiter.limit)))
    assert limiter.enter(0.0) is None


def test_a_response_in_no_time_counts_as_a_microsecond() -> None:
    limiter = _aimd(2)
    limiter.ended(0.5, 0.5, dropped=False, in_flight=1)
    assert limiter._responses_s == [1e-6]


def test_a_rule_that_counts_responses_alone_waits_for_all_of_its_samples() -> None:
    limiter = Limiter(FailsafeLimiter(kind="failsafe", samples=10), 0.0, Random(1))
    begun = limiter.state
    _attempts(limiter, 9, 5.0)
    _attempts(limiter, 5, 5.0, dropped=True)
    assert limiter.state is begun
    _attempts(limiter, 1, 5.0)
    assert limiter.state is not begun
