"""Several processes, one service: the same schedule, one record, and a loss that is told."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.record.reader import Record, list_runs


def _plan(processes: int, duration_s: float) -> Plan:
    overrides = read_overrides(
        [
            f"scenario.service.processes={processes}",
            "scenario.service.threads=40",
            "scenario.arrivals.0.rate_per_s=80",
            f"scenario.arrivals.0.duration_s={duration_s}",
            "scenario.slo.warmup_s=1",
        ]
    )
    written = read_scenario("baseline", overrides)
    return Plan(read_policy("careful", overrides), written.scenario, written.upstream)


def _scheduled(record: Record) -> np.ndarray:
    return record.calls().sort_values("arrival")["scheduled_s"].to_numpy()


@pytest.mark.timeout(120)
def test_one_and_four_workers_make_the_same_schedule(runs: Path) -> None:
    alone, many = (run_plan(_plan(processes, 6.0), runs) for processes in (1, 4))
    assert many.state == "complete"
    assert np.array_equal(_scheduled(alone), _scheduled(many))
    assert sorted(many.table("driver")["process"].unique()) == [0, 1, 2, 3]
    assert len(many.table("served")) == len(many.table("attempts"))


@pytest.mark.timeout(120)
def test_a_killed_worker_is_reported_and_its_data_is_kept(runs: Path) -> None:
    ended: list[Record] = []
    run = threading.Thread(target=lambda: ended.append(run_plan(_plan(4, 14.0), runs)))
    run.start()
    until_s = time.monotonic() + 60
    while not (found := [r for r in list_runs(runs) if isinstance(r, Record)]) or found[0].calls().empty:
        assert time.monotonic() < until_s
        time.sleep(0.05)
    time.sleep(3.0)
    workers = [
        child
        for child in psutil.Process().children()
        if "harness.drive" in child.cmdline() and child.cmdline()[-1].isdigit()
    ]
    assert len(workers) == 4
    killed_s = time.monotonic() - found[0].run.epoch_s
    workers[0].send_signal(signal.SIGKILL)
    run.join(60)
    (record,) = ended
    assert record.state == "interrupted"
    assert record.end is not None
    assert "was lost, and its share of the arrivals is missing" in record.end.reason
    calls, driver = record.calls(), record.table("driver")
    last_s = driver.groupby("process")["at_s"].max()
    lost = int(last_s.idxmin())
    assert last_s[lost] > killed_s - 2.0
    of_lost = calls[calls["arrival"] % 4 == lost]
    assert of_lost["scheduled_s"].max() > killed_s - 2.0
    others = calls[calls["arrival"] % 4 != lost]
    assert others["scheduled_s"].max() > 13.0
