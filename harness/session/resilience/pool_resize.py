"""Changes the number of a pool's slots while it is in use, for which urllib3 has no function."""

from __future__ import annotations

import queue
from typing import Any

from urllib3.connectionpool import HTTPConnectionPool


def resize(pool: HTTPConnectionPool, maxsize: int) -> None:
    """Sets how many connections the pool keeps, and with `block` how many it hands out.

    A blocking pool can shrink only by its idle slots; those in use are removed when they are returned, see `trim`.
    """
    slots = pool.pool
    if slots is None:
        return
    grown = maxsize - slots.maxsize
    if grown <= 0:
        trim(pool, maxsize)
        return
    slots.maxsize = maxsize
    if pool.block:
        # Placeholders go below the idle connections, so that those are used first.
        for item in [*([None] * grown), *reversed(_all(slots))]:
            slots.put_nowait(item)


def trim(pool: HTTPConnectionPool, maxsize: int) -> None:
    """Takes slots out of a pool that has more than `maxsize`, and closes the connections in them."""
    slots = pool.pool
    if slots is None or slots.maxsize <= maxsize:
        return
    lying = _all(slots)
    # With `block` every slot is either here or in use, and one in use cannot be removed: it would overflow
    # the pool when it is returned. So only idle slots are removed now.
    keep = max(0, len(lying) - (slots.maxsize - maxsize)) if pool.block else maxsize
    kept, dropped = lying[:keep], lying[keep:]
    slots.maxsize = slots.maxsize - len(dropped) if pool.block else maxsize
    for item in reversed(kept):
        slots.put_nowait(item)
    for conn in dropped:
        if conn is not None:
            conn.close()


def _all(slots: Any) -> list[Any]:
    """Everything in the pool, what would be used next first."""
    found = []
    try:
        while True:
            found.append(slots.get_nowait())
    except queue.Empty:
        return found
