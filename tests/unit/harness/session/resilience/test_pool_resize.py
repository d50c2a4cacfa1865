"""How many slots a pool has after a change, and which connections stay in it."""

from __future__ import annotations

import pytest
from urllib3.connectionpool import HTTPConnectionPool

from harness.session.resilience.pool_resize import resize, trim


class Conn:
    """A connection that only knows whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


def _pool(maxsize: int, block: bool, idle: int = 0) -> tuple[HTTPConnectionPool, list[Conn]]:
    """A pool with so many idle connections, the most recently used one last."""
    pool, conns = HTTPConnectionPool("a.test", maxsize=maxsize, block=block), [Conn() for _ in range(idle)]
    for _ in conns:
        pool.pool.get_nowait()  # type: ignore[union-attr]
    for conn in conns:
        pool.pool.put_nowait(conn)  # type: ignore[union-attr]
    return pool, conns


def _slots(pool: HTTPConnectionPool) -> list[Conn | None]:
    """What the pool would hand out, in this order."""
    assert pool.pool is not None
    return [pool.pool.get_nowait() for _ in range(pool.pool.qsize())]


@pytest.mark.parametrize("block", [False, True])
@pytest.mark.parametrize("grown", [3, 5])
def test_a_pool_that_grows_keeps_its_connections_first(block: bool, grown: int) -> None:
    pool, (older, newer) = _pool(2, block, idle=2)
    resize(pool, grown)
    assert pool.pool is not None
    assert pool.pool.maxsize == grown
    assert _slots(pool) == [newer, older, *([None] * (grown - 2) if block else [])]


@pytest.mark.parametrize("block", [False, True])
def test_a_pool_that_shrinks_keeps_the_connections_used_last_and_closes_the_others(block: bool) -> None:
    pool, conns = _pool(4, block, idle=4)
    resize(pool, 2)
    assert pool.pool is not None
    assert pool.pool.maxsize == 2
    assert _slots(pool) == [conns[3], conns[2]]
    assert [conn.closed for conn in conns] == [True, True, False, False]


def test_a_blocking_pool_shrinks_only_by_its_idle_slots() -> None:
    pool, _ = _pool(4, block=True, idle=4)
    taken = [pool.pool.get_nowait() for _ in range(3)]  # type: ignore[union-attr]
    resize(pool, 2)
    assert pool.pool is not None
    assert (pool.pool.maxsize, pool.pool.qsize()) == (3, 0)
    pool.pool.put_nowait(taken[0])
    trim(pool, 2)
    assert (pool.pool.maxsize, pool.pool.qsize(), taken[0].closed) == (2, 0, True)


def test_a_pool_of_the_wanted_size_stays_as_it_is() -> None:
    pool, conns = _pool(2, block=False, idle=2)
    resize(pool, 2)
    assert _slots(pool) == [conns[1], conns[0]]


def test_a_closed_pool_is_left_alone() -> None:
    pool, _ = _pool(2, block=False)
    pool.close()
    resize(pool, 5)
    trim(pool, 1)
    assert pool.pool is None
