"""Every lever of a live run takes effect within a second, and says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab import lever_channel
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.errors import ConfigError, RecordError
from harness.record.reader import Record, list_runs

RATE_PER_S = 60.0


class Live:
    """A run in a thread of its own, with two processes, and everything retried that fails."""

    def __init__(self, root: Path, processes: int, duration_s: float, faults: str = "[]") -> None:
        settings = [
            f"scenario.service.processes={processes}",
            "scenario.service.threads=30",
            f"scenario.arrivals.0.rate_per_s={RATE_PER_S}",
            f"scenario.arrivals.0.duration_s={duration_s}",
            "scenario.slo.warmup_s=1",
            f"upstream.fault={faults}",
            "policy.retry.total=3",
            "policy.retry.backoff_factor=0.01",
        ]
        overrides = read_overrides(settings)
        written = read_scenario("baseline", overrides)
        self.plan = Plan(read_policy("careful", overrides), written.scenario, written.upstream)
        self.root, self.ended = root, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.closed = run_plan(self.plan, self.root)
        finally:
            self.ended.set()

    @property
    def record(self) -> Record:
        """The run, once it can be opened."""
        found = [r for r in list_runs(self.root) if isinstance(r, Record)]
        return found[0]

    def pull(self, **lever: object) -> float:
        """Pulls a lever and returns when it took effect, in seconds since the epoch."""
        asked_s = time.monotonic()
        pulled = lever_channel.pull_lever(self.record, dict(lever), who="test")
        assert not pulled.problem
        assert pulled.acknowledged == pulled.processes
        assert time.monotonic() - asked_s < 1.0 + 2.0  # a busy machine's slack on top of the promise
        return pulled.at_s

    def until(self, at_s: float) -> None:
        """Returns once the record reaches `at_s` seconds."""
        deadline_s = time.monotonic() + 60
        while not any(self.root.glob("*/run.json")) or _reached(self.record) < at_s:
            assert time.monotonic() < deadline_s
            assert not self.ended.is_set()
            time.sleep(0.05)

    def end(self) -> Record:
        """Waits for the run's end."""
        assert self.ended.wait(60)
        return self.closed


def _reached(record: Record) -> float:
    rows = record.table("driver", ["at_s"])
    return float(rows["at_s"].max()) if len(rows) else 0.0


def _asked_s(record: Record) -> dict[float, float]:
    """When each lever was asked for, by when the last process acknowledged it: in between, some have changed."""
    events = record.table("events").query("kind == 'lever'")
    return {
        at_s: float(json.loads(detail)["asked_s"])
        for at_s, detail in zip(events["at_s"], events["detail"], strict=True)
    }


def _between(calls: pd.DataFrame, begin_s: float, end_s: float) -> pd.DataFrame:
    return calls[(calls["started_s"] >= begin_s) & (calls["started_s"] < end_s)]


@pytest.fixture
def failing(runs: Path) -> Iterator[Live]:
    """A run against an upstream of which half the answers are 503."""
    live = Live(runs, processes=2, duration_s=24, faults='[{kind="status", status=503, ratio=0.5}]')
    yield live
    live.ended.wait(60)


@pytest.mark.timeout(180)
def test_the_clients_levers_change_what_the_client_does(failing: Live) -> None:
    failing.until(3.0)
    off_s = failing.pull(lever="retries", total=False)
    failing.until(off_s + 2.5)
    on_s = failing.pull(lever="retries", total=True)
    failing.until(on_s + 2.5)
    throttled_s = failing.pull(lever="throttle", rate_per_s=5)
    failing.until(throttled_s + 3.5)
    free_s = failing.pull(lever="throttle", rate_per_s=False)
    open_s = failing.pull(lever="breaker", state="open")
    failing.until(open_s + 2.5)
    closed_s = failing.pull(lever="breaker", state="auto")
    cached_s = failing.pull(lever="cache", on=True)
    record = failing.end()
    calls, asked_s = record.calls(), _asked_s(record)

    def seen(begin_s: float, end_s: float) -> pd.DataFrame:
        return _between(calls, begin_s + 1.0, asked_s.get(end_s, end_s))

    assert seen(0.0, off_s)["attempts"].mean() > 1.4
    assert seen(off_s, on_s)["attempts"].max() == 1
    assert seen(on_s, throttled_s)["attempts"].mean() > 1.4
    attempts = record.table("attempts")
    begun = attempts[(attempts["started_s"] > throttled_s + 1.0) & (attempts["started_s"] < free_s)]
    assert len(begun) / (free_s - throttled_s - 1.0) < 15
    assert set(seen(open_s, closed_s)["outcome"]) == {"breaker_open"}
    assert (seen(cached_s, 24.0)["attempts"] == 0).mean() > 0.5
    events = record.table("events").query("kind == 'lever'")
    assert list(events["action"].unique()) == ["pulled"]
    assert len(events) == 7


@pytest.fixture
def healthy(runs: Path) -> Iterator[Live]:
    """A run against a healthy upstream."""
    live = Live(runs, processes=2, duration_s=26)
    yield live
    live.ended.wait(60)


@pytest.mark.timeout(180)
def test_the_services_and_the_upstreams_levers_change_their_size(healthy: Live) -> None:
    healthy.until(2.0)
    pool_s = healthy.pull(lever="pool", maxsize=7)
    threads_s = healthy.pull(lever="threads", count=3)
    healthy.until(threads_s + 2.0)
    processes_s = healthy.pull(lever="processes", count=3)
    healthy.until(processes_s + 8.0)
    slow_s = healthy.pull(lever="fault", fault={"kind": "latency", "add_s": 0.2, "ttl_s": 2.0})
    healthy.until(slow_s + 3.0)
    small_s = healthy.pull(lever="capacity", capacity={"workers": 1})
    with pytest.raises(ConfigError, match="did you mean throttle"):
        healthy.pull(lever="throttl")
    record = healthy.end()
    driver, pool, calls = record.table("driver"), record.table("pool"), record.calls()
    assert set(pool[pool["at_s"] > pool_s + 1.0].query("process < 2")["maxsize"]) == {7}
    assert driver[driver["at_s"] > threads_s + 1.5].query("process < 2")["busy_threads"].max() <= 3
    late = driver.query("process == 2")
    assert late["at_s"].min() < processes_s + 9.0
    assert late["arrived"].max() > RATE_PER_S / 3 * 4
    assert _between(calls, slow_s + 0.5, slow_s + 1.5)["first_byte_s"].min() > 0.2
    assert _between(calls, slow_s + 2.5, small_s)["first_byte_s"].median() < 0.2
    served = record.table("served")
    assert served[served["arrived_s"] > small_s + 1.0]["queue_wait_s"].max() > 0.02


def test_a_run_that_is_over_has_no_levers(runs: Path) -> None:
    live = Live(runs, processes=1, duration_s=3)
    record = live.end()
    with pytest.raises(RecordError, match="is complete; levers can be pulled while a run is live"):
        lever_channel.pull_lever(record, {"lever": "breaker", "state": "open"})
