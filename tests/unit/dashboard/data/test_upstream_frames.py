"""The upstream's ledger and the calls' latencies, reduced."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.charts import heat, upstream
from dashboard.charts.time import backdrop_of
from dashboard.data import upstream_frames
from dashboard.data.run_frames import run_frames
from dashboard.theme.palette import LIGHT
from harness.record.reader import Record, open_run


@pytest.fixture(scope="module")
def record(made: dict[str, Path]) -> Record:
    return open_run(made["textbook"])


def test_every_attempt_at_the_upstream_has_one_result(record: Record) -> None:
    ledger = record.table("served")
    found = upstream_frames.per_second(ledger, 1.0)
    assert found[list(upstream.RESULTS)].to_numpy().sum() == pytest.approx(len(ledger))


def test_busy_workers_are_service_seconds_per_second() -> None:
    ledger = pd.DataFrame(
        {
            "arrived_s": [0.1, 0.5],
            "ended_s": [0.5, 0.9],
            "queue_wait_s": [0.0, 0.1],
            "service_s": [0.4, 0.3],
            "status": [200, 0],
            "client_gone": [False, True],
        }
    )
    found = upstream_frames.per_second(ledger, 1.0).iloc[0]
    assert (found["busy"], found["busy_for_disconnected"], found["longest_wait_s"]) == pytest.approx(
        (0.7, 0.3, 0.1)
    )


def test_no_more_workers_are_busy_than_there_are() -> None:
    """Eight workers that hang until 30 s and end together were busy one by one all the time, not 240 at once."""
    n = 8
    ledger = pd.DataFrame(
        {
            "arrived_s": [0.0] * n,
            "ended_s": [30.0] * n,
            "queue_wait_s": [0.0] * n,
            "service_s": [30.0] * n,
            "status": [200] * n,
            "client_gone": [True] * n,
        }
    )
    found = upstream_frames.per_second(ledger, 1.0)
    assert found["busy"].tolist() == pytest.approx([8.0] * 30 + [0.0])
    assert found["at_s"].tolist() == [float(second) for second in range(31)]
    assert found["queue_wait_s"].notna().sum() == 1


def test_attempts_of_a_pause_are_counted_in_the_second_in_which_they_ended(record: Record) -> None:
    """Of the attempts that arrive in a pause from 2 s to 5 s none ends before it is over."""
    rows = record.table("served").head(4)
    rows = rows.assign(arrived_s=[1.5, 2.5, 3.5, 4.5], ended_s=[1.6, 5.1, 5.2, 5.3], queue_wait_s=0.0)
    found = upstream_frames.per_second(rows.assign(client_gone=[False, True, True, False], status=200), 1.0)
    of_second = found.set_index("at_s")[["answered", "client disconnected"]].sum(axis="columns")
    assert of_second.to_dict() == {1.0: 1.0, 2.0: 0.0, 3.0: 0.0, 4.0: 0.0, 5.0: 3.0}


def test_the_chart_of_attempts_says_that_it_counts_those_that_ended(record: Record) -> None:
    seen = run_frames(record)
    title = str(upstream.upstream(seen.served, 8, backdrop_of(seen, LIGHT))[0].to_dict()["title"])
    assert "ended at the upstream" in title


def test_what_the_client_sends_again_in_a_pause_is_in_the_seconds_of_the_pause(record: Record) -> None:
    """The upstream's ledger has these attempts later, when they have ended."""
    seen, attempts = run_frames(record), record.table("attempts")
    again = attempts[attempts["reason"] != ""]
    by_start = (again["started_s"] // seen.bin_s * seen.bin_s).value_counts()
    drawn = (seen.retries.groupby("at_s")["retries"].sum() * seen.bin_s).round()
    assert drawn.to_dict() == by_start.to_dict()


def test_an_empty_ledger_has_no_seconds(record: Record) -> None:
    assert upstream_frames.per_second(record.table("served").head(0), 1.0).empty


def test_work_for_clients_that_had_disconnected_is_reported(record: Record) -> None:
    assert "had already disconnected" in upstream.upstream_sentence(run_frames(record).served)


def test_every_call_is_in_one_cell_of_the_heat_map(record: Record) -> None:
    calls = record.calls()
    assert upstream_frames.cells(calls, 31.0)["calls"].sum() == len(calls)


def test_a_heat_map_has_no_empty_cells(record: Record) -> None:
    assert (run_frames(record).cells["calls"] > 0).all()


def test_a_run_without_calls_has_an_empty_heat_map(record: Record) -> None:
    none = upstream_frames.cells(record.calls().head(0), 30.0)
    assert none.empty
    assert heat.heat(none, backdrop_of(run_frames(record), LIGHT)).to_dict()


def test_the_upstreams_workers_are_a_limit_on_the_chart(record: Record) -> None:
    seen = run_frames(record)
    panels = upstream.upstream(seen.served, 8, backdrop_of(seen, LIGHT))
    assert "8 workers" in str(panels[1].to_dict())
