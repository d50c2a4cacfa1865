"""What a compiled function reads and writes by one address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numba import types

from harness.twin import compiled
from harness.twin.addressed import Addressed

RECORD = np.dtype([("count", np.int64), ("times_s", np.float64, 3)], align=True)


@dataclass(frozen=True, eq=False)
class Inner(Addressed):
    """A part that is Addressed itself."""

    rows: Any


@dataclass(frozen=True, eq=False)
class Outer(Addressed):
    """One part of each kind."""

    floats: Any
    record: Any
    grid: Any
    inner: Inner
    number: int


@pytest.fixture
def outer() -> Outer:
    record = np.zeros(1, RECORD)[0]
    return Outer(np.arange(4.0), record, np.zeros((2, 3)), Inner(np.zeros(3, RECORD)), 42)


@pytest.fixture
def entry(monkeypatch, tmp_path):
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path)
    return compiled.entry


def test_every_kind_of_part_is_found(outer, entry):
    @entry
    def fill(outer):
        outer.record.count += len(outer.floats)
        outer.record.times_s[1] = outer.floats[-1]
        outer.grid[1, 2] = outer.number
        outer.inner.rows[2].count = outer.grid.shape[0] * 10 + outer.grid.shape[1]

    fill(outer)
    assert outer.record.item()[0] == 4
    assert outer.record["times_s"].tolist() == [0.0, 3.0, 0.0]
    assert outer.grid.tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, 42.0]]
    assert outer.inner.rows["count"].tolist() == [0, 0, 23]


def test_a_function_is_handed_one_word_and_counts_nothing(outer, entry):
    @entry
    def total(outer):
        return outer.floats.sum() + outer.grid[0, 0]

    assert total(outer) == 6.0
    code = "".join(total.inspect_llvm().values())
    assert "incref" not in code
    assert "invariant.load" in code
    (signature,) = total.signatures
    assert len(signature) == 1


def test_worlds_of_the_same_parts_share_what_is_compiled(outer, entry):
    @entry
    def last(outer):
        return outer.floats[-1]

    other = Outer(np.arange(9.0), outer.record, outer.grid, outer.inner, 7)
    assert (last(outer), last(other)) == (3.0, 8.0)
    assert len(last.signatures) == 1


def test_other_types_of_parts_are_compiled_for_themselves(outer, entry):
    @entry
    def last(outer):
        return outer.floats[-1]

    other = Outer(np.arange(9), outer.record, outer.grid, outer.inner, 7)
    assert (last(outer), last(other)) == (3.0, 8)
    assert {signature[0].parts["floats"].dtype for signature in last.signatures} == {
        types.float64,
        types.int64,
    }
