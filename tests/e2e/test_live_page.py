"""The page of a real live run in a real browser: its tiles against the record, and its button that stops it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from selenium.webdriver import Chrome

from harness.analyse.measure.timeline import per_second
from harness.lab.run import RunInterrupted
from harness.model.ending import Interrupted
from harness.model.formatting import format_value
from harness.record.reader import Record, list_runs
from mock_upstream.profile import TimelineFault
from tests.e2e.browser import Shoot, Visitor, served
from tests.e2e.live import LiveRun, retrying_plan

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
PAUSES_S, PAUSE_S = (9, 24, 39), 6
PAUSES = [{"at_s": at_s, "for_s": PAUSE_S, "fault": {"kind": "pause"}} for at_s in PAUSES_S]
TILES = """
    const shown = document.querySelector('.surgeline .tiles')?.parentElement;
    const seconds = shown?.innerText.match(/Numbers of the second from (\\d+) s/);
    const text = (e, of) => e.querySelector(of).innerText;
    const tiles = [...(shown?.querySelectorAll('.tile') ?? [])].map(e => [text(e, 'span'), text(e, 'b')]);
    return seconds ? [seconds[1], Object.fromEntries(tiles)] : null;
"""
Tiles = dict[str, str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder without a run."""
    folder = tmp_path_factory.mktemp("live") / "runs"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def visitor(tab: Chrome, runs: Path) -> Iterator[Visitor]:
    """A browser in front of a dashboard over that folder."""
    with served(runs) as address:
        yield Visitor(tab, address)


def _started(visitor: Visitor, runs: Path) -> LiveRun:
    """A run of 60 calls a second in which the upstream pauses, and its page."""
    plan = retrying_plan(
        "scenario.arrivals.0.duration_s=120",
        "policy.timeout.read_s=0.4",
        faults=tuple(map(TimelineFault.model_validate, PAUSES)),
    )
    run = LiveRun(plan, runs)
    visitor.until(lambda: len(list_runs(runs)) == 1)
    (record,) = list_runs(runs)
    assert isinstance(record, Record)
    visitor.open(f"/run?run={record.run.id}", settled=False)
    return run


@pytest.mark.acceptance
def test_the_tiles_of_a_live_run_are_those_of_its_record_until_it_is_stopped_there(
    visitor: Visitor, runs: Path, shoot: Shoot
) -> None:
    run = _started(visitor, runs)
    seen: dict[float, Tiles] = {}
    while len(seen) < 5 or not any(map(_paused, seen)):
        now = visitor.browser.execute_script(TILES)
        if now is not None:
            seen[float(now[0])] = now[1]
    shoot("run-live-numbers")
    visitor.click(".st-key-stop button")
    visitor.click(".st-key-stop-yes button")
    visitor.sees(f"stopped on request of {getpass.getuser()}")
    with pytest.raises(RunInterrupted) as stopped:
        run.end()
    record = stopped.value.record
    assert record.end is not None
    assert record.end.early == Interrupted(who=getpass.getuser())
    truth = per_second(record.calls()).set_index("at_s")
    assert [found for second, tiles in seen.items() for found in _other(truth.loc[second], tiles)] == []
    outage = [tiles["Goodput"] for second, tiles in seen.items() if _paused(second)]
    assert min(float(goodput.removesuffix("/s")) for goodput in outage) < 10


def _paused(second: float) -> bool:
    """Whether the upstream paused during this whole second, and the calls under way before it had ended."""
    return any(at_s + 1 <= second < at_s + PAUSE_S for at_s in PAUSES_S)


def _other(second: pd.Series[float], tiles: Tiles) -> Iterator[str]:
    """The tiles that the record contradicts."""
    wanted = {
        "Goodput": format_value(second["goodput"], "1/s"),
        "Latency p99": "unknown" if pd.isna(second["p99_s"]) else format_value(second["p99_s"], "s"),
        "Calls failed": "unknown"
        if pd.isna(second["error_ratio"])
        else format_value(second["error_ratio"], "ratio"),
    }
    for label, value in wanted.items():
        if tiles[label] != value:
            yield f"second {second.name}: {label} was shown as {tiles[label]}, and is {value}"
