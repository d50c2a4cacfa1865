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


END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
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


def _driver_rows(folder: Path) -> int:
    return read_stream(folder / f"driver{STREAM}").num_rows


def test_a_batch_of_unequal_rows_is_refused(tmp_path: Path) -> None:
    record = RunWriter(tmp_path, ("driver",))
    good: list[Any] = [None] * _columns("driver")
    for ragged in ([good, [*good, 1]], [good, good[:-1]], [[*good, 1]]):
        with pytest.raises(RecordError):
            record.append({"driver": ragged})
    record.close()
    assert _driver_rows(tmp_path) == 0


def test_rows_that_are_kept_are_in_the_file_after_a_flush_and_not_before(tmp_path: Path) -> None:
    record = RunWriter(tmp_path, ("driver",))
    row = (None,) * _columns("driver")
    record.extend({"driver": [row, row]})
    record["driver"].add(row)
    assert _driver_rows(tmp_path) == 0
    record.flush()
    assert _driver_rows(tmp_path) == 3
    record.flush()
    assert _driver_rows(tmp_path) == 3
    record.close()


def test_closing_writes_what_was_kept_and_ends_the_stream(tmp_path: Path) -> None:
    record = RunWriter(tmp_path, ("driver",))
    record["driver"].add((None,) * _columns("driver"))
    record.close()
    assert _driver_rows(tmp_path) == 1
    assert (tmp_path / f"driver{STREAM}").read_bytes().endswith(END_OF_STREAM)
    assert record["driver"]._sink.closed


def test_abandoned_files_are_closed_without_what_was_kept(tmp_path: Path) -> None:
    record = RunWriter(tmp_path, ("driver", "pool"))
    record["driver"].add((None,) * _columns("driver"))
    record.abandon()
    assert [table._sink.closed for table in record.tables.values()] == [True, True]
    assert _driver_rows(tmp_path) == 0
