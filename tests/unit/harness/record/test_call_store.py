"""Calls are filtered, sorted and paged by queries over the record, live or complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from harness.model.call_query import FAILED, CallFilter, CallOrder, CallQuery, Moment
from harness.model.errors import DamagedError
from harness.record import streams
from harness.record.call_store import CallStore, closed_database
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs


@pytest.fixture(scope="module", params=["complete", "live"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp(request.param)
    if request.param == "complete":
        return made_runs.complete(root, made_runs.TEXTBOOK)
    return made_runs.unfinished(root, made_runs.TEXTBOOK, made_runs.STARTED, seconds=20)


@pytest.fixture(scope="module")
def calls(folder: Path) -> pd.DataFrame:
    return open_run(folder).calls()


CONDITIONS: dict[str, tuple[CallFilter, Callable[[pd.DataFrame], pd.Series]]] = {
    "nothing": (CallFilter(), lambda c: c["arrival"] >= 0),
    "any failure": (CallFilter(outcomes=(FAILED,)), lambda c: c["outcome"] != "ok"),
    "an outcome": (CallFilter(outcomes=("ok",)), lambda c: c["outcome"] == "ok"),
    "a status": (CallFilter(statuses=(503,)), lambda c: c["status"] == 503),
    "a route": (CallFilter(routes=("/none",)), lambda c: c["route"] == "/none"),
    "attempts": (CallFilter(attempts=3), lambda c: c["attempts"] >= 3),
    "latency": (CallFilter(slower_s=0.1, faster_s=1.0), lambda c: c["latency_s"].between(0.1, 1.0, "left")),
    "ended": (CallFilter(from_s=12.0, until_s=13.0), lambda c: c["ended_s"].between(12.0, 13.0, "left")),
    "under way": (
        CallFilter(from_s=12.0, until_s=13.0, moment=Moment.UNDER_WAY),
        lambda c: (c["scheduled_s"] < 13.0) & (c["ended_s"] >= 12.0),
    ),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_filter_lets_through_the_calls_that_fulfil_it(
    folder: Path, calls: pd.DataFrame, condition: str
) -> None:
    wanted, fulfils = CONDITIONS[condition]
    assert CallStore(folder).page(CallQuery(wanted)).total == fulfils(calls).sum()


def test_a_fault_lets_through_the_calls_that_it_hit(folder: Path) -> None:
    served = open_run(folder).table("served")
    hit = served[served["fault"].str.split("+").map(lambda names: "status" in names)]["key"]
    ended = {f"{a}.{s}" for a, s in open_run(folder).calls()[["arrival", "step"]].to_numpy()}
    page = CallStore(folder).page(CallQuery(CallFilter(fault="status")))
    assert page.total == len(set(hit) & ended) > 0
    assert all("status" in row.faults for row in page.rows)


def test_pages_follow_each_other_without_a_gap(folder: Path, calls: pd.DataFrame) -> None:
    store = CallStore(folder)
    pages = [store.page(CallQuery(page=n, size=20)).rows for n in (1, 2, 3)]
    found = [row.seconds["latency_s"] for page in pages for row in page]
    assert found == sorted(calls["latency_s"], reverse=True)[:60]


def test_the_earliest_call_comes_first_where_wanted(folder: Path, calls: pd.DataFrame) -> None:
    first = CallStore(folder).page(CallQuery(order=CallOrder.EARLIEST)).rows[0]
    assert first.scheduled_s == calls["scheduled_s"].min()


def test_counts_add_up_to_the_calls(folder: Path, calls: pd.DataFrame) -> None:
    counts = CallStore(folder).counts()
    assert counts.calls == len(calls) == sum(counts.statuses.values()) == sum(counts.routes.values())


def test_a_call_has_its_attempts_and_their_rows_of_the_ledger(folder: Path) -> None:
    store = CallStore(folder)
    row = store.page(CallQuery(CallFilter(attempts=2))).rows[0]
    found = store.call(row.arrival, row.step)
    assert found is not None
    assert len(found.call.attempts) == found.attempts_made == row.attempts
    assert found.call.latency_s == pytest.approx(row.seconds["latency_s"])
    assert found.served


def test_a_call_that_is_not_there_is_none(folder: Path) -> None:
    assert CallStore(folder).call(10**9, 0) is None


def test_a_hostile_value_is_only_a_value(folder: Path) -> None:
    wanted = CallFilter(routes=("' OR 1=1 --",), fault="'; DROP VIEW timed; --")
    assert CallStore(folder).page(CallQuery(wanted)).total == 0


def test_a_damaged_table_names_its_file(tmp_path: Path) -> None:
    folder = made_runs.complete(tmp_path, made_runs.CAREFUL, made_runs.scenario("short", duration_s=5.0))
    (folder / "calls.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedError, match=r"calls\.parquet: is damaged"):
        CallStore(folder).page(CallQuery())


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM read_text('/etc/passwd')", "INSTALL httpfs", "SET enable_external_access = true"],
)
def test_the_database_opens_no_file_and_stays_closed(statement: str) -> None:
    with closed_database([]) as database, pytest.raises(duckdb.Error):
        database.execute(statement)


def test_a_damaged_table_that_is_still_written_to_is_told_in_one_sentence(tmp_path: Path) -> None:
    folder = made_runs.unfinished(tmp_path, made_runs.CAREFUL, made_runs.STARTED, seconds=3)
    (folder / "calls.arrows").write_bytes((folder / "pool.arrows").read_bytes())
    with pytest.raises(DamagedError, match="unknown column 'at_s'") as raised:
        CallStore(folder).page(CallQuery())
    assert "\n" not in str(raised.value)


def test_a_page_of_a_live_run_holds_one_batch_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All calls were mapped into memory at once."""
    folder = made_runs.unfinished(tmp_path, made_runs.CAREFUL, made_runs.STARTED, seconds=25)
    most, read = 0, streams.whole_batches

    def counted(*arguments: Any, **options: Any) -> Iterator[Any]:
        nonlocal most
        before = pa.total_allocated_bytes()
        for each in read(*arguments, **options):
            most = max(most, pa.total_allocated_bytes() - before)
            yield each

    monkeypatch.setattr(streams, "whole_batches", counted)
    assert CallStore(folder).page(CallQuery()).total
    assert 0 < most < (folder / "calls.arrows").stat().st_size / 4
