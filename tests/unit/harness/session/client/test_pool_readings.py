"""The gauge of another library's pool."""

from __future__ import annotations

from harness.session.client.pool_readings import PoolReadings


class Pools(PoolReadings):
    """A pool of two connections."""

    in_use, idle = 1, 1  # type: ignore[assignment]


def test_what_the_library_does_not_show_is_unknown() -> None:
    pools = Pools("http://a:1", 2)
    assert (pools.discarded, pools.stale, pools.opened) == (None, None, 0)


def test_the_longest_wait_is_that_of_the_first_who_still_waits() -> None:
    pools = Pools("http://a:1", 2)
    assert (pools.waiting, pools.longest_wait_s(9.0)) == (0, 0.0)
    pools.waiting_since.update({1: 4.0, 2: 6.0})
    assert (pools.waiting, pools.longest_wait_s(9.0)) == (2, 5.0)
