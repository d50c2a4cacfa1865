"""A stream that grows is read in parts, and every row that touches some seconds is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.record import stream_index
from harness.record.schema import TABLES
from harness.record.stream_index import StreamIndex
from harness.record.streams import read_stream
from harness.record.writer import TableWriter
from mock_upstream.config.regular_file import UnreadableFileError


def _samples(writer: TableWriter, *at_s: float) -> None:
    for each in at_s:
        writer.add(tuple((dict.fromkeys(TABLES["pool"].names) | {"at_s": each, "host": "a"}).values()))
    writer.flush()


def _new(index: StreamIndex) -> list[float]:
    return [at_s for _, _, batch in index.new_batches() for at_s in batch.column("at_s").to_pylist()]


def test_each_look_reads_only_the_batches_since_the_last_one(tmp_path: Path) -> None:
    writer, index = TableWriter(tmp_path, "pool"), StreamIndex(tmp_path, "pool")
    _samples(writer, 0.5, 1.5)
    assert _new(index) == [0.5, 1.5]
    assert _new(index) == []
    _samples(writer, 2.5)
    assert _new(index) == [2.5]
    assert index.last_s == 2.5


def test_a_batch_that_is_not_whole_yet_is_read_once_it_is(tmp_path: Path) -> None:
    writer, index = TableWriter(tmp_path, "pool"), StreamIndex(tmp_path, "pool")
    _samples(writer, 0.5)
    _samples(writer, 1.5)
    path = tmp_path / "pool.arrows"
    whole = path.read_bytes()
    seen = []
    for end in range(0, len(whole) + 1, 7):
        path.write_bytes(whole[:end])
        seen += _new(index)
    path.write_bytes(whole)
    seen += _new(index)
    assert seen == [0.5, 1.5]


@pytest.mark.parametrize("block_bytes", [1, 2000, 1 << 16])
def test_the_rows_of_some_seconds_are_those_that_touch_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(stream_index, "BLOCK_BYTES", block_bytes)
    writer, index = TableWriter(tmp_path, "pool"), StreamIndex(tmp_path, "pool")
    for second in range(40):
        _samples(writer, *(second + part / 5 for part in range(5)))
    _new(index)
    for from_s, until_s in ((0.0, 1.0), (7.5, 9.0), (39.0, 99.0), (-1.0, 40.0), (50.0, 60.0)):
        at_s = read_stream(tmp_path / "pool.arrows").to_pandas()["at_s"]
        found = index.rows(from_s, until_s, ["at_s"]).to_pandas()["at_s"]
        assert list(found) == list(at_s[(at_s >= from_s) & (at_s < until_s)])


def test_a_table_that_is_absent_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as raised:
        _new(StreamIndex(tmp_path, "pool"))
    assert raised.value.missing
