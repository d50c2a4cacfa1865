"""A real run under a breaker: the record says when it was open, and the calls agree."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.charts.guards import guards_sentence
from dashboard.data.run_frames import run_frames
from harness.analyse.measure.guards import breaker_periods
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.record.reader import Record

LATE_S = 0.5
"""What a busy machine may be late by, between a breaker's change and the sample that shows it."""
SETTINGS = [
    "scenario.arrivals.0.duration_s=6",
    "scenario.arrivals.0.rate_per_s=60",
    "scenario.slo.warmup_s=0",
    'scenario.timeline=[{at_s=1.5, for_s=2, fault={kind="status", status=503}}]',
]
BREAKER = ["policy.breaker.minimum=10", "policy.breaker.window_s=2", "policy.breaker.open_s=1"]


def _run(runs: Path, policy: str, *settings: str) -> Record:
    written = read_scenario("baseline", read_overrides([*SETTINGS, *settings]))
    plan = Plan(read_policy(policy, read_overrides(list(settings))), written.scenario, written.upstream)
    record = run_plan(plan, runs)
    assert record.state == "complete", record.end
    return record


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return _run(tmp_path_factory.mktemp("runs"), "breaker", *BREAKER)


def _not_closed(record: Record) -> pd.DataFrame:
    periods = breaker_periods(record.table("guards"))
    return periods[periods["state"] != "closed"]


def test_the_breaker_was_open_while_calls_were_refused_by_it(broken: Record) -> None:
    calls, periods = broken.calls(), _not_closed(broken)
    refused_s = calls.loc[calls["outcome"] == "breaker_open", "ended_s"]
    assert len(refused_s) > 20
    assert refused_s.min() >= periods["start_s"].min() - LATE_S
    assert refused_s.max() <= periods["end_s"].max() + LATE_S


def test_nothing_was_sent_while_the_breaker_was_open(broken: Record) -> None:
    started_s, periods = broken.table("attempts")["started_s"], breaker_periods(broken.table("guards"))
    for period in periods[periods["state"] == "open"].itertuples():
        within = started_s.between(period.start_s, period.end_s - LATE_S)
        probes = within.sum()
        assert probes <= (period.end_s - period.start_s) // 1.0, (
            "an open breaker lets one probe a second through"
        )


def test_every_call_without_an_attempt_was_refused_by_the_breaker(broken: Record) -> None:
    calls = broken.calls()
    assert (calls["attempts"] == 0).sum() == (calls["outcome"] == "breaker_open").sum()


def test_the_time_that_it_was_open_is_said_in_a_sentence(broken: Record) -> None:
    host = broken.run.target
    assert f"The breaker of {host} was open for " in guards_sentence(run_frames(broken).guards)


def test_it_is_sampled_five_times_a_second(broken: Record) -> None:
    at_s = broken.table("guards")["at_s"]
    assert len(at_s) == pytest.approx(5 * (at_s.max() - at_s.min()), abs=2)


def test_every_process_s_guards_are_in_the_record(tmp_path_factory: pytest.TempPathFactory) -> None:
    record = _run(tmp_path_factory.mktemp("runs"), "breaker", "scenario.service.processes=2", *BREAKER)
    assert set(record.table("guards")["process"]) == {0, 1}


def test_a_plain_policy_has_an_empty_table(tmp_path_factory: pytest.TempPathFactory) -> None:
    record = _run(
        tmp_path_factory.mktemp("runs"), "careful", "scenario.arrivals.0.duration_s=2", "scenario.timeline=[]"
    )
    assert record.has("guards")
    assert record.table("guards").empty
