"""The table of a world's parts: where each of them is, also in a copy."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from harness.twin.addressed import WORDS, Addressed


@dataclass(frozen=True, eq=False)
class Shelf(Addressed):
    """One array of each kind of parts."""

    floats: Any
    grid: Any
    record: Any
    number: int


def made() -> Shelf:
    return Shelf(np.arange(3.0), np.zeros((2, 5), bool), np.zeros(1, [("a", np.int64)])[0], 42)


def test_the_table_has_the_address_and_the_axes_of_each_part() -> None:
    shelf = made()
    floats, grid, record, number = shelf.table.reshape(-1, WORDS).tolist()
    assert floats == [shelf.floats.ctypes.data, 3, 0]
    assert grid == [shelf.grid.ctypes.data, 2, 5]
    assert record == [np.frombuffer(shelf.record, np.uint8).ctypes.data, 0, 0]
    assert number == [42, 0, 0]
    assert shelf.address == shelf.table.ctypes.data


def test_a_copy_has_a_table_of_its_own_parts() -> None:
    shelf = made()
    other = copy.deepcopy(shelf)
    assert other.floats.tolist() == shelf.floats.tolist()
    assert other.floats.ctypes.data == other.table[0] != shelf.table[0]
    assert other.address == other.table.ctypes.data != shelf.address


def test_an_array_with_gaps_is_refused() -> None:
    with pytest.raises(AssertionError):
        Shelf(np.arange(6.0)[::2], np.zeros((2, 5), bool), np.zeros(1, [("a", np.int64)])[0], 42)
