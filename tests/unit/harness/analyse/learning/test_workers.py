"""The number of workers and the service times are found from arrivals and ends, or are said to be unknown."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.workers import _of_numbers, _Seen, estimated_workers, in_system, services_s
from tests.unit.harness.analyse.learning.queues import (
    seen_by_a_client,
    seen_in_milliseconds,
    served,
    served_last_first,
    served_slower_when_busy,
)

LAWS = ("fixed", "exponential", "lognormal")


@pytest.mark.parametrize("law", LAWS)
def test_with_the_true_number_of_workers_the_service_times_are_the_true_ones(law: str) -> None:
    true = served(law, 0.8, 500)

    assert services_s(true.arrived_s, true.ended_s, 8) == pytest.approx(true.service_s, abs=1e-9)


def test_the_number_in_the_system_counts_requests_that_have_not_ended() -> None:
    found = in_system(np.array([0.0, 1.0, 2.0, 9.0]), np.array([5.0, 1.5, 6.0, 10.0]))

    assert found.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("law", LAWS)
def test_a_client_finds_eight_workers_at_80_percent(law: str) -> None:
    seen = seen_by_a_client(served(law, 0.8))

    found = estimated_workers(seen.arrived_s, seen.ended_s)

    assert abs(found.count - 8) <= 1
    assert found.why_unknown == ""
    assert found.low <= 8 <= (found.high or 8)
    assert np.median(found.services_s) == pytest.approx(np.median(seen.service_s), rel=0.03)


@pytest.mark.parametrize("law", LAWS)
def test_stamps_of_whole_milliseconds_are_enough(law: str) -> None:
    seen = seen_in_milliseconds(served(law, 0.8))

    assert estimated_workers(seen.arrived_s, seen.ended_s).count == 8


@pytest.mark.parametrize("law", LAWS)
def test_where_nothing_waits_no_number_is_claimed(law: str) -> None:
    seen = seen_by_a_client(served(law, 0.1, 4000, workers=100))

    found = estimated_workers(seen.arrived_s, seen.ended_s)

    assert found.why_unknown != ""
    assert 10 < found.low <= 100


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("seed", range(4))
def test_eight_workers_are_found_at_half_load(law: str, seed: int) -> None:
    seen = seen_by_a_client(served(law, 0.5, 3600, seed), seed)

    found = estimated_workers(seen.arrived_s, seen.ended_s)

    assert (found.count, found.why_unknown) == (8, "")
    assert found.low <= 8 <= (found.high or 0)
    assert np.median(found.services_s) == pytest.approx(np.median(seen.service_s), rel=0.03)


def test_workers_that_slow_each_other_down_are_counted_all_the_same() -> None:
    seen = seen_by_a_client(served_slower_when_busy("lognormal", 0.5, 3600))

    assert estimated_workers(seen.arrived_s, seen.ended_s).count == 8


@pytest.mark.parametrize("law", ["exponential", "lognormal"])
def test_where_the_last_request_comes_first_no_number_is_claimed(law: str) -> None:
    seen = seen_by_a_client(served_last_first(law, 0.8, 3600))

    assert estimated_workers(seen.arrived_s, seen.ended_s).why_unknown != ""


@pytest.mark.parametrize("workers", [1, 2, 4, 16, 40])
def test_other_numbers_of_workers_are_found(workers: int) -> None:
    true = served("lognormal", 0.85, 4000, workers=workers)

    assert estimated_workers(true.arrived_s, true.ended_s).count == pytest.approx(workers, abs=workers // 20)


def test_without_a_queue_the_number_is_unknown_and_has_only_a_lower_bound() -> None:
    true = served("fixed", 0.05, 2000, workers=100)

    found = estimated_workers(true.arrived_s, true.ended_s)

    assert (
        found.why_unknown
        == f"requests are not seen to wait for each other; there are {found.low} workers or more"
    )
    assert found.low <= 100
    assert found.high is None
    assert found.services_s == pytest.approx(true.service_s, abs=1e-9)


@pytest.mark.parametrize("workers", [1, 2])
def test_few_workers_are_found_at_a_load_of_20_percent(workers: int) -> None:
    """One request of five or of fifteen waits, which is enough."""
    seen = seen_by_a_client(served("exponential", 0.2, 3600, workers=workers))

    assert estimated_workers(seen.arrived_s, seen.ended_s).count == workers


def test_the_load_is_the_used_share_of_the_workers_time() -> None:
    true = served("lognormal", 0.8)

    assert estimated_workers(true.arrived_s, true.ended_s).load == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("law", LAWS)
def test_the_overhead_of_a_client_is_not_taken_for_workers(law: str) -> None:
    """Ten times the usual one: as with services of 5 ms behind a client and network of 0.8 ms."""
    of = served(law, 0.8, 3600, 1)
    rng = np.random.default_rng(101)
    arrived_s = np.sort(of.arrived_s - 0.003)
    ended_s = of.ended_s + rng.exponential(0.005, len(of.ended_s))
    overheads_s = [0.002 * step for step in range(1, 7)]
    plain, found = (estimated_workers(arrived_s, ended_s, each) for each in ([0.0], overheads_s))

    assert plain.count > 8
    assert found.count <= plain.count
    assert found.low <= 8 <= (found.high or 0)
    assert np.median(found.services_s) < np.median(plain.services_s)


def test_counts_above_24_are_tried_in_steps_of_12_percent() -> None:
    """Requests that take 0.6 s, one every 10 ms: at most 60 are under way."""
    arrived_s = np.arange(2000) * 0.01
    ended_s = arrived_s + 0.6
    tried = _of_numbers(_Seen(arrived_s, ended_s, 0.0), 60)

    assert {*range(1, 25), 27, 31, 35, 40, 45, 51, 58} <= tried.keys()
