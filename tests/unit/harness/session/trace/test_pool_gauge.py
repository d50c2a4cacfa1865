"""What the gauge says of the pools to one host."""

from __future__ import annotations

import gc

from urllib3.connectionpool import HTTPConnectionPool

from harness.session.trace.pool_gauge import PoolGauge


def test_a_gauge_adds_up_the_pools_that_still_exist() -> None:
    gauge, pools = PoolGauge("http://a:80"), [HTTPConnectionPool("a", maxsize=size) for size in (2, 3)]
    for pool in pools:
        gauge.enter(pool).take()
    assert (gauge.maxsize, gauge.in_use, len(gauge.pools)) == (5, 2, 2)
    del pool
    pools.pop()
    gc.collect()
    assert (gauge.maxsize, gauge.in_use) == (2, 1)


def test_a_pool_that_is_entered_twice_counts_once() -> None:
    gauge, pool = PoolGauge("http://a:80"), HTTPConnectionPool("a")
    assert gauge.enter(pool) is gauge.enter(pool)


def test_a_connection_is_in_use_until_it_is_given_back() -> None:
    tally = PoolGauge("http://a:80").enter(HTTPConnectionPool("a"))
    tally.take()
    tally.take()
    tally.give_back()
    assert tally.in_use == 1


def test_a_closed_pool_has_no_slots() -> None:
    gauge, pool = PoolGauge("http://a:80"), HTTPConnectionPool("a", maxsize=4)
    gauge.enter(pool)
    pool.close()
    assert (gauge.maxsize, gauge.idle) == (0, 0)


def test_the_longest_wait_is_that_of_the_first_who_waits() -> None:
    gauge = PoolGauge("http://a:80")
    assert (gauge.waiting, gauge.longest_wait_s(10.0)) == (0, 0.0)
    gauge.waiting_since.update({1: 9.0, 2: 7.5})
    assert (gauge.waiting, gauge.longest_wait_s(10.0)) == (2, 2.5)


def test_totals_only_grow() -> None:
    gauge = PoolGauge("http://a:80")
    for count, times in ((gauge.count_opened, 3), (gauge.count_discarded, 2), (gauge.count_stale, 1)):
        for _ in range(times):
            count()
    assert (gauge.opened, gauge.discarded, gauge.stale) == (3, 2, 1)
