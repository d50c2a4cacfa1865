"""The numbers of a live run's last whole second: unknown rather than well."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pandas as pd
import pytest

from dashboard.data.live_numbers import UNKNOWN, LiveNumbers, live_numbers, live_sentence, live_tiles
from dashboard.data.run_frames import run_frames
from harness.model.slo import Slo
from harness.record.reader import Record, open_run
from tests.unit.dashboard import made_runs

SLO = Slo(thresholds=("p99(latency) < 250ms", "ratio(error) < 1%"))


def _calls(*calls: tuple[float, float, str]) -> pd.DataFrame:
    """Calls by when they were scheduled, when they ended, and how."""
    frame = pd.DataFrame(calls, columns=["scheduled_s", "ended_s", "outcome"])
    return frame.assign(attempts=1, latency_s=frame["ended_s"] - frame["scheduled_s"])


def _driver(*reports: tuple[int, float, int, int, int]) -> pd.DataFrame:
    columns = ["process", "at_s", "arrived", "busy_threads", "queued_journeys"]
    return pd.DataFrame(reports, columns=columns)


def test_the_last_second_that_every_process_has_reported_on_is_shown() -> None:
    calls = _calls((1.0, 1.2, "ok"), (1.5, 2.5, "ok"), (2.0, 2.6, "http_5xx"), (2.9, 3.4, "ok"))
    driver = _driver(
        (0, 2.0, 10, 1, 0), (0, 3.02, 20, 3, 2), (0, 4.0, 30, 9, 9), (1, 2.0, 10, 1, 0), (1, 3.01, 20, 1, 0)
    )
    live = live_numbers(calls, driver, SLO, 2, now_s=4.1)
    assert live == LiveNumbers(
        second_s=2.0,
        offered_per_s=pytest.approx(20, abs=1),
        goodput_per_s=1.0,
        p99_s=inf,
        failed_ratio=0.5,
        in_flight=6,
        waiting=2,
    )


def test_a_second_in_which_no_call_ended_is_not_well() -> None:
    live = live_numbers(
        _calls((0.1, 0.2, "ok")), _driver((0, 1.0, 9, 0, 0), (0, 2.0, 99, 64, 26)), SLO, 1, 2.0
    )
    assert (live.goodput_per_s, live.p99_s, live.failed_ratio) == (0.0, None, None)
    tiles = {label: (value, below) for label, value, below in live_tiles(live, SLO)}
    assert tiles["Goodput"][0] == "0.00/s"
    assert tiles["Latency p99"] == (UNKNOWN, "no call ended in this second")
    assert tiles["Calls failed"] == (UNKNOWN, "no call ended in this second")
    assert tiles["In flight"] == ("90", "26 of them wait for a thread")


@pytest.mark.parametrize(
    ("driver", "processes", "now_s"),
    [
        pytest.param(_driver(), 1, 5.0, id="no report"),
        pytest.param(_driver((0, 0.9, 1, 1, 0)), 1, 1.0, id="no whole second"),
        pytest.param(_driver((0, 2.0, 1, 1, 0)), 2, 2.0, id="a process has not reported"),
        pytest.param(_driver((0, 2.0, 1, 1, 0)), 1, 5.5, id="the last report is old"),
    ],
)
def test_what_is_not_known_is_unknown(driver: pd.DataFrame, processes: int, now_s: float) -> None:
    live = live_numbers(_calls((0.1, 0.2, "ok")), driver, SLO, processes, now_s)
    assert live == LiveNumbers()
    assert {value for _, value, _ in live_tiles(live, SLO)} == {UNKNOWN}
    assert live_sentence(live).startswith("No second of the run is known")


def test_numbers_stand_beside_the_limits_of_the_slo() -> None:
    live = LiveNumbers(3.0, 100.0, 90.0, 0.4, 0.002, 5, 0)
    below = {label: text for label, _, text in live_tiles(live, SLO)}
    assert below["Latency p99"] == "✗ limit of the SLO: 250 ms"
    assert below["Calls failed"] == "✓ limit of the SLO: 1%"


def test_the_charts_of_a_live_run_end_with_its_last_whole_second(tmp_path: Path) -> None:
    run = made_runs.underway(tmp_path, made_runs.TEXTBOOK)
    run.write(5)
    run.add(next(c for c in run.world.calls if c.ended_s > 5))
    seen = run_frames(open_run(run.folder))
    assert (seen.known_s, seen.live.second_s) == (5.0, 4.0)
    assert seen.seconds["at_s"].max() == 4.0


def test_a_run_that_has_ended_has_no_live_numbers(made: dict[str, Path]) -> None:
    assert run_frames(open_run(made["careful"])).live == LiveNumbers()


def test_what_is_written_between_two_reads_makes_no_number_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports that were read after the calls would tell of a second of which calls are missing."""
    run = made_runs.underway(tmp_path, made_runs.TEXTBOOK)
    run.write(5)
    read = Record.calls

    def read_and_go_on(record: Record) -> pd.DataFrame:
        found = read(record)
        run.write()
        return found

    monkeypatch.setattr(Record, "calls", read_and_go_on)
    assert run_frames(open_run(run.folder)).live.second_s == 4.0
