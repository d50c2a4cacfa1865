"""What numba makes of a function of the twin, where that is kept, and what is said where numba is absent."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from harness.model.errors import ConfigError
from harness.twin import compiled
from harness.twin.compiled import ROOM_BYTES, can_be_kept


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


def test_compiled_functions_are_kept_where_there_is_room(tmp_path: Path) -> None:
    assert can_be_kept(tmp_path / "new" / "cache")


def test_a_file_in_the_place_of_the_folder_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    assert not can_be_kept(tmp_path / "cache")


def test_a_full_disk_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = os.statvfs(tmp_path)
    full = os.statvfs_result((disk.f_bsize, 1, 1, 1, ROOM_BYTES - 1, 1, 1, 1, 0, 255, 0))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    assert not can_be_kept(tmp_path)
