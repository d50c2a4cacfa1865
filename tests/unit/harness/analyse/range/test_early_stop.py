"""Whether the backlog of a running trial grows without bound, and how much was served while there was one."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.range.early_stop import backlog_is_unbounded, served_under_backlog


def unbounded(*in_flight, rate_per_s=480.0, limit_s=0.1):
    """At 480/s with a limit of 100 ms, 144 calls are three times what the limit allows."""
    return backlog_is_unbounded(in_flight, rate_per_s, limit_s)


def test_a_growing_backlog_is_unbounded():
    assert unbounded(20, 90, 170, 250)


@pytest.mark.parametrize(
    "in_flight", [(20, 90, 170), (40, 45, 38, 41), (400, 300, 200, 150), (5, 10, 15, 20), (20, 300, 30, 25)]
)
def test_a_burst_that_drains_is_not(in_flight):
    assert not unbounded(*in_flight)


def test_the_last_two_samples_have_to_be_beyond_three_times_what_the_limit_allows():
    assert unbounded(20, 90, 145, 250)
    assert not unbounded(20, 90, 144, 250)
    assert not unbounded(250, 90, 170, 144)


def test_a_few_calls_in_flight_are_no_backlog():
    """Up to 25, however low the rate and the limit are."""
    assert unbounded(10, 20, 26, 30, limit_s=0.001)
    assert not unbounded(10, 20, 25, 30, limit_s=0.001)


def test_only_the_last_four_samples_count():
    assert unbounded(900, 800, 20, 90, 170, 250)
    assert not unbounded(20, 90, 170, 250, 250, 250, 250)


def test_a_queue_no_longer_than_at_first_does_not_grow():
    """The line through 300, 150, 500, 300 rises, and the queue does not."""
    assert not unbounded(300, 150, 500, 300)
    assert unbounded(300, 150, 500, 301)


def test_a_queue_that_grew_once_and_falls_since_does_not_grow():
    assert not unbounded(200, 900, 300, 201)


def flow(arriving_per_s, served_per_s, begin_s=0.0):
    """Arrivals and ends over 20 s; the upstream begins to serve at `begin_s`."""
    arrived = np.arange(0, 20, 1 / arriving_per_s)
    return arrived, begin_s + 0.001 + np.arange(len(arrived)) / served_per_s


def test_what_ended_per_second_while_there_was_a_backlog():
    arrived, ended = flow(600, 400)
    assert served_under_backlog(arrived, ended, 20.0, 600.0, 0.1) == pytest.approx(400, rel=0.001)


def test_the_first_half_does_not_count():
    """Nothing is served for five seconds."""
    arrived, ended = flow(600, 400, begin_s=5.0)
    assert served_under_backlog(arrived, ended, 20.0, 600.0, 0.1) == pytest.approx(400, rel=0.001)


def test_a_backlog_has_more_requests_under_way_than_arrive_within_the_limit():
    """After 10 s, 2,000 more have arrived than ended: as many as arrive in 3.33 s."""
    arrived, ended = flow(600, 400)
    assert served_under_backlog(arrived, ended, 20.0, 600.0, 3.3) is not None
    assert served_under_backlog(arrived, ended, 20.0, 600.0, 3.4) is None


def test_fewer_than_25_requests_under_way_are_no_backlog():
    arrived = np.arange(0, 20, 0.01)
    for under_way, known in ((24, False), (26, True)):
        found = served_under_backlog(arrived, arrived + under_way * 0.01 + 0.005, 20.0, 100.0, 0.001)
        assert (found is not None) is known
