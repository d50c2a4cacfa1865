"""A run that is written to is read in parts, also while its files change."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from harness.model.errors import DamagedError
from harness.record.followed_run import FollowedRun
from harness.record.reader import Record, open_run
from harness.record.streams import whole_batches
from tests.unit.dashboard import made_runs


@pytest.fixture
def run(tmp_path: Path) -> made_runs.Underway:
    return made_runs.underway(tmp_path, made_runs.CAREFUL)


def _arrivals(record: Record, followed: FollowedRun) -> list[int]:
    return list(followed.seconds(record, 3.0, 6.0).calls(["arrival"])["arrival"])


def test_a_look_tells_which_seconds_have_new_rows(run: made_runs.Underway) -> None:
    followed = FollowedRun(run.folder)
    spans = [(0.0, 5.0), (5.0, 8.0), (8.0, 20.0)]
    run.write(4)
    assert followed.look(spans) == {(0.0, 5.0)}
    assert followed.look(spans) == set()
    run.write(4)
    assert followed.look(spans) == {(0.0, 5.0), (5.0, 8.0)}


def test_a_part_has_the_calls_that_began_or_ended_in_it_or_were_under_way(run: made_runs.Underway) -> None:
    followed = FollowedRun(run.folder)
    run.write(10)
    followed.look([])
    record = open_run(run.folder)
    calls = record.calls()
    inside = calls[(calls["ended_s"] >= 3.0) & (calls["scheduled_s"] < 6.0)]
    assert _arrivals(record, followed) == list(inside["arrival"])


def test_a_run_whose_streams_have_become_parquet_is_read_all_the_same(run: made_runs.Underway) -> None:
    followed = FollowedRun(run.folder)
    run.write(10)
    followed.look([])
    record = open_run(run.folder)
    before = _arrivals(record, followed)
    run.finish()
    assert followed.look([(0.0, 9.0)]) == set()
    assert _arrivals(record, followed) == before


def test_a_stream_of_another_table_is_damaged(run: made_runs.Underway) -> None:
    run.write(2)
    pool, calls = (run.folder / f"{table}.arrows" for table in ("pool", "calls"))
    calls.write_bytes(pool.read_bytes())
    with pytest.raises(DamagedError, match="calls"):
        FollowedRun(run.folder).look([])


def test_a_stream_of_a_pipe_is_damaged(run: made_runs.Underway) -> None:
    (run.folder / "served.arrows").unlink()
    os.mkfifo(run.folder / "served.arrows")
    with pytest.raises(DamagedError, match="served"):
        FollowedRun(run.folder).look([])


def test_a_stream_that_begins_with_a_batch_is_damaged(run: made_runs.Underway) -> None:
    """pyarrow reads the schema of any message, and a message of another kind ended the process."""
    run.write(2)
    calls = run.folder / "calls.arrows"
    begin, _, _ = next(whole_batches(calls))
    calls.write_bytes(calls.read_bytes()[begin:])
    with pytest.raises(DamagedError, match="calls is damaged"):
        FollowedRun(run.folder).look([])


def test_damaged_bytes_are_told_or_left_out(run: made_runs.Underway) -> None:
    """Values that were not checked made Arrow read outside of its memory, which ended the process."""
    run.write(3)
    stream, random = run.folder / "calls.arrows", Random(3)
    whole, told = stream.read_bytes(), 0
    for _ in range(80):
        damaged = bytearray(whole)
        for _ in range(random.choice([1, 3, 30])):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        stream.write_bytes(damaged)
        followed = FollowedRun(run.folder)
        try:
            followed.look([(0.0, 2.0)])
            followed.seconds(open_run(run.folder), 0.0, 2.0).table("calls")
        except DamagedError as error:
            told += "\n" not in str(error)
    assert told
