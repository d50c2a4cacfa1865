"""What numba makes of a function of the twin, and what is said where numba is absent."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

import numpy as np
import pytest

from harness.model.errors import ConfigError
from harness.twin import compiled


class Tables(NamedTuple):
    """Two arrays."""

    one: Any
    other: Any


def moved(tables, place):
    tables.other[place] = tables.one[place]


def test_no_reference_to_an_array_is_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path)
    move = compiled.njit(moved)

    @compiled.entry
    def copied(tables):
        for place in range(len(tables.one)):
            move(tables, place)

    tables = Tables(np.arange(3.0), np.zeros(3))
    copied(tables)
    assert tables.other.tolist() == [0.0, 1.0, 2.0]
    code = "".join(text for each in (copied, move) for text in each.inspect_llvm().values())
    assert "define" in code
    assert "incref" not in code


@pytest.mark.usefixtures("without_numba")
@pytest.mark.parametrize("module", ["compiled", "prediction", "simulation"])
def test_without_numba_one_line_names_the_extra(module):
    for _ in range(2):  # A second attempt must not find a module that was imported by half.
        with pytest.raises(ConfigError, match=r"numba is not installed.*surgeline\[twin\]") as refused:
            importlib.import_module(f"harness.twin.{module}")
        assert "\n" not in str(refused.value)
