"""The load of a worker in the lab is that of production, and what is unknown is said to be assumed."""

from __future__ import annotations

import pytest

from harness.advise.capacity_estimate import estimate
from mock_upstream.profile import Capacity, FixedTime, Profile
from tests.unit.harness.advise.made_answers import answers


def test_a_share_of_the_workers_has_the_load_of_all() -> None:
    whole = estimate(answers(upstream={"workers": 30}, peak_per_s=300.0))
    part = estimate(answers(upstream={"workers": 30}, peak_per_s=75.0, share=0.25))
    assert part.workers == 8
    assert part.load == pytest.approx(whole.load)
    assert part.rate_per_s == pytest.approx(80.0)


def test_a_share_of_less_than_a_worker_has_the_load_of_all() -> None:
    found = estimate(answers(peak_per_s=6.0, share=0.05))
    assert (found.workers, found.rate_per_s) == (1, pytest.approx(15.0))
    assert found.load == pytest.approx(estimate(answers()).load)


def test_the_p99_of_service_times_is_the_answer() -> None:
    found = estimate(answers())
    assert found.service_s(0.5) == pytest.approx(0.02)
    assert found.service_s(0.99) == pytest.approx(0.05, rel=1e-3)


def test_unknown_workers_are_assumed_to_be_busy_for_80_percent() -> None:
    found = estimate(answers(upstream={"workers": None}))
    assert not found.load_known
    assert found.load == pytest.approx(0.8, rel=1e-6)
    assert any("workers are unknown" in each for each in found.assumed)


def test_every_unknown_value_is_listed() -> None:
    unknown = dict.fromkeys(("workers", "median_s", "p99_s", "errors"))
    assert len(estimate(answers(upstream=unknown)).assumed) == 4


def test_nothing_is_assumed_where_all_is_known() -> None:
    assert estimate(answers()).assumed == ()


def test_a_learned_upstream_is_used_as_it_is() -> None:
    learned = Profile(
        name="learned",
        capacity=Capacity(workers=4),
        service_time=FixedTime(distribution="fixed", value_s=0.01),
    )
    found = estimate(answers(upstream=dict.fromkeys(("workers", "median_s", "p99_s", "errors"))), learned)
    assert (found.workers, found.errors, found.load) == (4, 0.0, pytest.approx(0.3))


def test_the_response_time_is_never_below_the_service_time() -> None:
    found = estimate(answers(peak_per_s=300.0))
    assert found.response_s(0.99) > found.service_s(0.99)


def test_a_burst_beyond_the_capacity_waits_for_its_backlog() -> None:
    found = estimate(answers(burstiness="bursty", burst_factor=6.0))
    assert found.burst_wait_s == pytest.approx(2.0 * (6.0 * found.load - 1.0))
