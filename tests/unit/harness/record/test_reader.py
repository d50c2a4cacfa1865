"""Runs on disk: whole, live, torn, damaged, foreign."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.ipc
import pyarrow.parquet
import pytest

from harness.model.arrivals import Constant
from harness.model.call import Attempt, Call, Outcome
from harness.model.errors import DamagedError, NewerSchemaError, NotFoundError, RecordError
from harness.model.policy import Policy
from harness.model.run import SCHEMA, End, Run
from harness.model.scenario import Scenario
from harness.model.verdict import Inconclusive
from harness.record.reader import Broken, Record, find_run, list_runs, open_run
from harness.record.rows import attempt_row, call_row
from harness.record.schema import TABLES
from harness.record.writer import RunWriter, create, finish
from mock_upstream.profile import Profile

SCHEMA_1 = Path(__file__).parents[3] / "fixtures" / "schema_1"


def _run(name: str = "20260101-000000-s-p-abcdef") -> Run:
    scenario = Scenario(
        name="s", upstream="u.toml", journey="m:f", arrivals=(Constant(rate_per_s=1.0, duration_s=1.0),)
    )
    return Run(
        id=name,
        policy=Policy(name="p"),
        scenario=scenario,
        upstream=Profile(name="u"),
        seed=1,
        target="http://127.0.0.1:1",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        epoch_s=1.0,
    )


def _call(number: int) -> Call:
    call = Call(number, 0, "GET", "/orders", scheduled_s=number * 0.01, started_s=number * 0.01)
    call.ended_s, call.outcome, call.status = number * 0.01 + 0.02, Outcome.OK, 200
    call.attempts.append(Attempt(0, call.started_s, "http://127.0.0.1:1", pool_wait_s=0.001, status=200))
    return call


def _write(folder: Path, calls: int, batch: int = 10) -> RunWriter:
    writer = RunWriter(folder, ("calls", "attempts"))
    for number in range(calls):
        call = _call(number)
        writer["calls"].add(call_row(call))
        writer["attempts"].extend(attempt_row(call, attempt) for attempt in call.attempts)
        if (number + 1) % batch == 0:
            writer.flush()
    return writer


def _end() -> End:
    ended_at = datetime(2026, 1, 1, tzinfo=UTC)
    return End(state="complete", ended_at=ended_at, measurements={}, verdict=Inconclusive(reasons=("x",)))


def test_a_finished_run_reads_back_what_was_written(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    _write(folder, 25).close()
    finish(folder, _end())
    record = open_run(folder)
    calls = record.calls()
    assert record.state == "complete"
    assert calls["arrival"].tolist() == list(range(25))
    assert calls["latency_s"].to_numpy() == pytest.approx([0.02] * 25)
    assert not list(folder.glob("*.arrows"))


def test_some_columns_of_the_calls_have_the_durations_between_their_moments(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    _write(folder, 20).close()
    whole = open_run(folder).calls()
    some = open_run(folder).calls(["outcome", "scheduled_s", "ended_s"])
    assert set(some.columns) == {"outcome", "scheduled_s", "ended_s", "latency_s"}
    assert some["latency_s"].equals(whole["latency_s"])


def test_a_live_run_reads_as_far_as_it_was_flushed(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    writer = _write(folder, 25)
    record = open_run(folder)
    assert record.state == "live"
    assert len(record.calls()) == 20
    writer.close()


@pytest.mark.parametrize("cut_bytes", [1, 100, 1000])
def test_a_torn_stream_keeps_every_whole_batch(tmp_path: Path, cut_bytes: int) -> None:
    folder = create(tmp_path, _run())
    _write(folder, 40).flush()
    stream = folder / "calls.arrows"
    os.truncate(stream, stream.stat().st_size - cut_bytes)
    assert len(open_run(folder).calls()) == 30


def test_a_silent_run_without_an_end_was_interrupted(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    _write(folder, 20).close()
    for path in folder.iterdir():
        os.utime(path, (1.0, 1.0))
    assert open_run(folder).state == "interrupted"


def test_a_run_that_was_killed_before_the_clock_was_set_back_is_not_live(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    _write(folder, 20).close()
    for path in folder.iterdir():
        os.utime(path, (time.time() + 3600.0, time.time() + 3600.0))
    assert open_run(folder).state == "interrupted"


def test_a_missing_table_is_an_empty_frame_with_its_columns(tmp_path: Path) -> None:
    record = open_run(create(tmp_path, _run()))
    assert record.calls().empty
    assert "queue_wait_s" in record.table("served").columns


def test_a_run_of_an_earlier_version_lacks_the_guards_table_and_reads_as_empty() -> None:
    record = open_run(next(SCHEMA_1.glob("*-dependency-slowdown-*")))

    assert not record.has("guards")
    assert record.table("guards").empty
    assert list(record.table("guards").columns) == TABLES["guards"].names


def test_a_guard_that_a_policy_lacks_reads_as_missing(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    writer = RunWriter(folder, ("guards",))
    writer["guards"].add((0.2, "http://127.0.0.1:1", "open", *(None,) * 9, 0))
    writer.close()
    record = open_run(folder)
    row = record.table("guards").iloc[0]

    assert record.has("guards")
    assert (row["breaker"], row["process"]) == ("open", 0)
    assert row.drop(["at_s", "host", "breaker", "process"]).isna().all()


def test_a_damaged_and_a_newer_run_are_listed_with_the_reason(tmp_path: Path) -> None:
    whole, damaged, newer = (create(tmp_path, _run(f"2026010{n}-000000-s-p-abcdef")) for n in (1, 2, 3))
    (damaged / "run.json").write_text("{")
    data = json.loads((newer / "run.json").read_text())
    (newer / "run.json").write_text(json.dumps({**data, "schema_version": SCHEMA + 1, "novel": 1}))
    listed = {(r.folder.name if isinstance(r, Broken) else r.run.id): r for r in list_runs(tmp_path)}
    assert isinstance(listed[whole.name], Record)
    broken, foreign = listed[damaged.name], listed[newer.name]
    assert isinstance(broken, Broken)
    assert isinstance(broken.error, DamagedError)
    assert isinstance(foreign, Broken)
    assert isinstance(foreign.error, NewerSchemaError)


def test_a_name_finds_one_run_and_an_ambiguous_one_none(tmp_path: Path) -> None:
    for n in (1, 2):
        create(tmp_path, _run(f"2026010{n}-000000-s-p-abcdef"))
    assert find_run(tmp_path, "20260101").run.id.startswith("20260101")
    assert find_run(tmp_path, "latest").run.id.startswith("20260102")
    with pytest.raises(NotFoundError, match=r"2 runs match 'abcdef', among them .*; use a longer part"):
        find_run(tmp_path, "abcdef")
    with pytest.raises(NotFoundError, match="no run matches 'zzz'; `surgeline list` shows the runs"):
        find_run(tmp_path, "zzz")


def test_a_name_cannot_leave_the_runs_folder(tmp_path: Path) -> None:
    create(tmp_path / "elsewhere", _run())
    (tmp_path / "runs").mkdir()
    with pytest.raises(NotFoundError):
        find_run(tmp_path / "runs", f"../elsewhere/{_run().id}")


def test_runs_that_start_in_the_same_second_get_different_ids(tmp_path: Path) -> None:
    folders = [create(tmp_path, _run()) for _ in range(3)]
    assert [folder.name for folder in folders] == [_run().id, f"{_run().id}-2", f"{_run().id}-3"]
    assert [open_run(folder).run.id for folder in folders] == [folder.name for folder in folders]


def test_a_run_of_a_newer_schema_is_refused_even_where_it_could_be_read(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    data = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**data, "schema_version": SCHEMA + 1}))
    with pytest.raises(
        NewerSchemaError, match=f"written by a newer surgeline .schema {SCHEMA + 1}"
    ) as refused:
        open_run(folder)
    assert "\n" not in str(refused.value)


def test_a_draft_that_a_killed_process_left_is_no_run(tmp_path: Path) -> None:
    whole = create(tmp_path, _run())
    (tmp_path / f".{whole.name}.0123abcd.draft").mkdir()
    (tmp_path / f".{whole.name}.0123abcd.draft" / "run.json").write_text((whole / "run.json").read_text())
    assert [r.folder.name for r in list_runs(tmp_path)] == [whole.name]


def test_a_part_of_a_damaged_run_s_name_reports_the_damage(tmp_path: Path) -> None:
    (create(tmp_path, _run()) / "run.json").write_text("{")
    with pytest.raises(DamagedError, match=r"run\.json: is not valid JSON"):
        find_run(tmp_path, "20260101")


def test_the_latest_run_is_the_newest_that_opens(tmp_path: Path) -> None:
    whole, damaged = (create(tmp_path, _run(f"2026010{n}-000000-s-p-abcdef")) for n in (1, 2))
    (damaged / "run.json").write_text("{")
    assert find_run(tmp_path, "latest").folder == whole


def test_a_damaged_end_differs_from_a_missing_run(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    (folder / "end.json").write_text("{")
    with pytest.raises(DamagedError, match=r"end\.json: is not valid JSON"):
        open_run(folder)


DAMAGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "run.json is a folder": ("run.json", Path.mkdir, "run.json: is a folder"),
    "run.json is a pipe": ("run.json", os.mkfifo, "run.json: is a pipe"),
    "run.json is deep": ("run.json", lambda p: p.write_text("[" * 100_000), "run.json: is not valid JSON"),
    "run.json is empty": ("run.json", Path.touch, "run.json: is not valid JSON"),
    "run.json is a number": ("run.json", lambda p: p.write_text("9" * 4301), "run.json: is not valid JSON"),
    "end.json is a folder": ("end.json", Path.mkdir, "end.json: is a folder"),
    "end.json is a device": ("end.json", lambda p: p.symlink_to("/dev/zero"), "end.json: is a device"),
    "end.json is a loop": (
        "end.json",
        lambda p: p.symlink_to("end.json"),
        "end.json: cannot be read (Too many",
    ),
    "end.json is deep": (
        "end.json",
        lambda p: p.write_text('{"a":' * 50_000),
        "end.json: is not valid JSON",
    ),
    "end.json is garbage": ("end.json", lambda p: p.write_bytes(b"\xff\0"), "end.json: is not text"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_one_line_beside_the_others(tmp_path: Path, damage: str) -> None:
    whole, damaged = (create(tmp_path, _run(f"2026010{n}-000000-s-p-abcdef")) for n in (1, 2))
    file, make, line = DAMAGES[damage]
    (damaged / file).unlink(missing_ok=True)
    make(damaged / file)
    broken, good = list_runs(tmp_path)
    assert isinstance(broken, Broken)
    assert line in str(broken.error)
    assert isinstance(good, Record)
    assert find_run(tmp_path, "20260101").folder == find_run(tmp_path, "latest").folder == whole
    with pytest.raises(DamagedError):
        find_run(tmp_path, damaged.name)


def test_a_run_that_may_not_be_read_is_one_line_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, denied = (create(tmp_path, _run(f"2026010{n}-000000-s-p-abcdef")) for n in (1, 2))
    opened = os.open

    def deny(path: str, flags: int, mode: int = 0o777) -> int:
        if denied.name in os.fspath(path):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", deny)
    broken, good = list_runs(tmp_path)
    assert isinstance(broken, Broken)
    assert "run.json: cannot be read (Permission denied); check its path and permissions" in str(broken.error)
    assert isinstance(good, Record)
    assert find_run(tmp_path, "latest").folder == whole


def test_files_and_other_folders_are_no_runs(tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_text("{}")
    (tmp_path / "targets").mkdir()
    assert list_runs(tmp_path) == []


def test_a_runs_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(RecordError, match="runs: cannot be listed: Not a directory"):
        list_runs(tmp_path / "runs")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: path.write_bytes(b"PAR1" + b"\xff" * 200 + b"PAR1"),
        lambda path: path.write_bytes(b""),
        lambda path: pyarrow.parquet.write_table(pyarrow.table({"started_s": ["a"]}), path),
        lambda path: pyarrow.parquet.write_table(pyarrow.table({"novel": [1]}), path),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.symlink_to(path.name)),
    ],
    ids=["truncated", "garbage", "empty", "another type", "another column", "folder", "pipe", "loop"],
)
def test_a_damaged_table_names_its_file(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    folder = create(tmp_path, _run())
    _write(folder, 25).close()
    finish(folder, _end())
    damage(folder / "calls.parquet")
    record = open_run(folder)
    with pytest.raises(
        DamagedError, match=r"calls\.parquet: is damaged: .*; the rest of the run can be read"
    ):
        record.calls()
    assert len(record.table("attempts")) == 25


def test_a_table_without_a_moment_of_its_calls_is_damaged(tmp_path: Path) -> None:
    record = _written_before(tmp_path, "ended_s", live=False)
    with pytest.raises(DamagedError, match="calls is damaged: it has no column ended_s"):
        record.calls()


def _written_before(folder: Path, *columns: str, live: bool) -> Record:
    """A run of ten calls, recorded by a version that did not know these columns of `calls`."""
    folder = create(folder, _run())
    _write(folder, 10).close()
    finish(folder, _end())
    parquet = folder / "calls.parquet"
    old = pyarrow.parquet.read_table(parquet).drop_columns(list(columns))
    if live:
        parquet.unlink()
        with pyarrow.ipc.new_stream(folder / "calls.arrows", old.schema) as stream:
            stream.write_table(old)
    else:
        pyarrow.parquet.write_table(old, parquet)
    return open_run(folder)


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("wanted", [None, ("arrival", "pool_wait_s")])
def test_a_duration_that_an_older_version_did_not_know_is_0(
    tmp_path: Path, live: bool, wanted: tuple[str, ...] | None
) -> None:
    calls = _written_before(tmp_path, "pool_wait_s", live=live).table("calls", wanted)
    assert calls["pool_wait_s"].tolist() == [0.0] * 10


@pytest.mark.parametrize("live", [True, False])
def test_another_column_that_an_older_version_did_not_know_is_left_out(tmp_path: Path, live: bool) -> None:
    calls = _written_before(tmp_path, "caller", live=live).table("calls", ("arrival", "caller"))
    assert list(calls.columns) == ["arrival"]


def test_only_calls_of_a_started_service_that_made_attempts_are_outbound(tmp_path: Path) -> None:
    run = _run()
    service = run.scenario.service.model_copy(update={"command": ("serve", "{bind}")})
    started = run.model_copy(update={"scenario": run.scenario.model_copy(update={"service": service})})
    for made, columns in ((run, None), (started, [True, False, False])):
        folder = create(tmp_path, made.model_copy(update={"id": f"run-{made is run}"}))
        with_attempt, without, unknown = (_call(number) for number in range(3))
        with_attempt.attempts = [Attempt(0, 0.0, "http://a:1")]
        unknown.attempts, unknown.reported, without.attempts = with_attempt.attempts, False, []
        writer = RunWriter(folder, ("calls",))
        writer["calls"].extend([call_row(call) for call in (with_attempt, without, unknown)])
        writer.close()
        calls = open_run(folder).calls()
        assert (calls["outbound"].tolist() if "outbound" in calls else None) == columns
