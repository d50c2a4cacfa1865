"""Batches of other processes are appended whole, or refused whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.model.errors import RecordError
from harness.record.streams import STREAM, read_stream
from harness.record.writer import RunWriter


def _columns(table: str) -> int:
    from harness.record.schema import TABLES

    return len(TABLES[table])


JUNK: list[Any] = [
    None,
    7,
    "calls",
    [["calls", []]],
    {"nothing": [[1]]},
    {"driver": [[1.0]]},
    {"driver": [["x"] * 100]},
    {"driver": 7},
    {"driver": [7]},
    {"driver": [{}]},
]


@pytest.mark.parametrize("batch", JUNK)
def test_a_batch_that_does_not_fit_the_schema_is_refused(tmp_path: Path, batch: Any) -> None:
    record = RunWriter(tmp_path, ("driver",))
    with pytest.raises(RecordError, match="batch: does not fit the schema"):
        record.append(batch)
    record.close()
    assert read_stream(tmp_path / f"driver{STREAM}").num_rows == 0


def test_a_batch_with_one_bad_value_is_refused_whole(tmp_path: Path) -> None:
    record = RunWriter(tmp_path, ("driver",))
    good: list[Any] = [None] * _columns("driver")
    with pytest.raises(RecordError):
        record.append({"driver": [good, ["x", *good[1:]]]})
    record.append({"driver": [good]})
    record.close()
    assert read_stream(tmp_path / f"driver{STREAM}").num_rows == 1
