"""Arrays that compiled functions are handed together, as one address.

For a compiled function an array is seven words or more, so that handing over a world of fifteen arrays takes longer
than what most functions do with it. One address instead leads to a table of where each part is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORDS = 3
"""A part has so many words in the table: its address, or the integer itself, and the lengths of at most two axes."""


@dataclass(frozen=True, eq=False)
class Addressed:
    """A dataclass of parts that are never replaced: arrays, records, integers, or others of this kind.

    Arrays are contiguous and have one axis or two. `harness/twin/address_type.py` tells the compiler how to find them.
    """

    table: NDArray[np.int64] = field(init=False, repr=False)
    address: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = [_row(getattr(self, name)) for name in part_names(type(self))]
        table = np.array(parts, np.int64).reshape(-1)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "address", int(table.ctypes.data))

    def __reduce__(self) -> tuple[type[Addressed], tuple[Any, ...]]:
        """A copy has parts of its own, at other addresses."""
        return type(self), tuple(getattr(self, name) for name in part_names(type(self)))


def part_names(kind: type[Addressed]) -> list[str]:
    """The names of the parts, in the order of the table."""
    return [part.name for part in fields(kind) if part.init]


def _row(part: Any) -> tuple[int, ...]:
    if isinstance(part, Addressed):
        return part.address, 0, 0
    if isinstance(part, int):
        return part, 0, 0
    if isinstance(part, np.void):
        return np.frombuffer(part, np.uint8).ctypes.data, 0, 0
    assert part.flags.c_contiguous  # noqa: S101
    return (part.ctypes.data, *part.shape, 0)[:WORDS]
