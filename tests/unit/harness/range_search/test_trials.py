"""A trial of a search: its scenario, when it ends early, and what it becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from harness.analyse.evidence import Evidence
from harness.assess import runs as assessed
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.conductor import AbortRun
from harness.lab.plan import Plan
from harness.model.driver_messages import Progress
from harness.model.ending import Aborted, Interrupted
from harness.model.errors import RecordError
from harness.model.range import Probe, SearchSpec
from harness.model.run import End, Run
from harness.model.slo import Slo
from harness.model.verdict import Inconclusive
from harness.range_search import trials
from harness.record.reader import open_run
from harness.record.writer import create, finish
from tests.unit.harness.analyse.conftest import attempts_frame, calls_frame, driver_frame, served_frame
from tests.unit.harness.session.fakes import Clock

PROBE = Probe(purpose="bracket", rate_per_s=800.0, warmup_s=1.0, counted_s=4.0)


def spec(*changes: str, **fields: Any) -> SearchSpec:
    """A search along the shipped baseline."""
    written = read_scenario("baseline", read_overrides(changes))
    return SearchSpec(
        policy=read_policy("careful"), scenario=written.scenario, upstream=written.upstream, **fields
    )


def second(at_s: int, in_flight: int, draining: bool = False) -> Progress:
    """One second of a live trial."""
    return Progress(
        at_s=float(at_s), arrived=800 * at_s, calls=400 * at_s, errors=0, rate_per_s=400.0, good_per_s=400.0,
        p99_s=0.5, busy_threads=min(in_flight, 200), queued_journeys=max(0, in_flight - 200), draining=draining,
    )  # fmt: skip


class Lab:
    """Runs that nobody makes: their plans, the waits before them, and how busy the machine is."""

    def __init__(self, evidence: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.evidence, self.plans, self.listed_in = evidence, [], []
        self.slept_s: list[float] = []
        self.clock, self.busy_percent, self.readings = Clock(), 0.0, 0
        monkeypatch.setattr(trials, "run_plan", self.run)
        monkeypatch.setattr(trials, "sleep", self.slept_s.append)
        monkeypatch.setattr(trials, "monotonic", self.clock)
        monkeypatch.setattr(psutil, "cpu_percent", self.cpu_percent)
        monkeypatch.setattr(assessed, "evidence_of", lambda _: self.evidence)

    def run(self, plan: Plan, _root: Path, watch: Any, listed_in: Path | None) -> Any:
        self.plans.append(plan)
        self.listed_in.append(listed_in)
        watch(second(1, 10))
        return SimpleNamespace(run=SimpleNamespace(id="a-run"))

    def cpu_percent(self, interval: float) -> float:
        self.readings += 1
        self.clock.sleep(interval)
        return self.busy_percent


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Where every run has 4,000 calls of 10 ms in 5 s."""
    calls = calls_frame(np.arange(4000) / 800, np.full(4000, 0.01))
    evidence = Evidence(
        policy="careful",
        scenario="baseline",
        seed=1,
        slo=read_scenario("baseline").scenario.slo,
        duration_s=5.0,
        calls=calls,
        attempts=attempts_frame(calls),
        pool=pd.DataFrame({"at_s": []}),
        driver=driver_frame(0.001, 0.3, 5.0),
        served=served_frame(0.0, 5.0),
    )
    return Lab(evidence, monkeypatch)


def made(lab: Lab, asked: SearchSpec, probe: Probe = PROBE) -> Any:
    return trials.make_trial(asked, probe, Path("range"), lambda _: None, Path("runs"))


def test_a_trial_with_an_unbounded_backlog_is_ended_early():
    lookout = trials.EarlyStop(PROBE, read_scenario("baseline").scenario.slo, lambda _: None)
    with pytest.raises(AbortRun) as abort:
        list(map(lookout, (second(s, 400 * s) for s in range(1, 9))))
    assert abort.value.end == Aborted(cause="unbounded backlog")
    assert lookout.ended_s == 4.0


def test_a_trial_without_a_backlog_lasts_as_long_as_its_probe():
    lookout = trials.EarlyStop(PROBE, Slo(thresholds=("p99(latency) < 100ms",)), lambda _: None)
    for s in range(1, 9):
        lookout(second(s, 40))
    assert lookout.ended_s == 5.0


def test_a_backlog_that_drains_after_the_last_arrival_ends_nothing():
    lookout = trials.EarlyStop(PROBE, Slo(thresholds=("p99(latency) < 100ms",)), lambda _: None)
    for s in range(1, 9):
        lookout(second(s, 400 * s, draining=True))
    assert lookout.ended_s == 5.0


def test_every_second_is_shown_to_the_one_who_watches():
    seen: list[Progress] = []
    lookout = trials.EarlyStop(PROBE, Slo(thresholds=("p99(latency) < 100ms",)), seen.append)
    lookout(second(1, 40))
    lookout(second(2, 40, draining=True))
    assert [each.at_s for each in seen] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("thresholds", "bounded"),
    [
        (("p99(latency) < 100ms", "p50(latency) < 9s"), False),
        (("p99(latency) < 2s",), True),
        (("p99(pool_wait) < 100ms",), True),
        (("p99(pool_wait) < 100ms", "p99(latency) < 2s"), True),
        (("p99(latency) > 100ms",), True),
    ],
)
def test_the_tightest_limit_of_latency_says_what_a_backlog_is(thresholds, bounded):
    """From 300 to 600 in flight: 100 ms at 800/s are 80 calls; without a limit of latency it is a second."""
    lookout = trials.EarlyStop(PROBE, Slo(thresholds=thresholds), lambda _: None)
    growing = (second(s, 200 + 100 * s) for s in range(1, 5))
    if bounded:
        list(map(lookout, growing))
    else:
        with pytest.raises(AbortRun):
            list(map(lookout, growing))


def test_a_trial_is_the_scenario_at_one_rate_without_its_timeline(lab: Lab):
    asked = spec("scenario.timeline=[{at_s=10, for_s=5, fault={kind='latency', add_s=0.3}}]")
    trial, record = made(lab, asked)
    scenario = lab.plans[0].scenario
    assert [(a.rate_per_s, a.duration_s) for a in scenario.arrivals] == [(800.0, 5.0)]
    assert (scenario.timeline, scenario.slo.warmup_s) == ((), 1.0)
    assert scenario.slo.thresholds == asked.scenario.slo.thresholds
    assert (trial.rate_per_s, trial.run, trial.load_s, trial.cut_short) == (800.0, "a-run", 5.0, "")
    assert (record.run.id, lab.listed_in) == ("a-run", [Path("runs")])


@pytest.mark.parametrize(("drain_s", "expected_s"), [(30.0, 5.0), (2.0, 2.0)])
def test_a_trial_drains_for_five_seconds_at_most(lab: Lab, drain_s, expected_s):
    made(lab, spec(f"scenario.drain_s={drain_s}"))
    assert lab.plans[0].scenario.drain_s == expected_s


@pytest.mark.parametrize("spacing", ["poisson", "constant"])
def test_arrivals_are_spaced_as_the_scenario_has_them(lab: Lab, spacing):
    made(lab, spec(f"scenario.arrivals=[{{rate_per_s=50, duration_s=10, spacing='{spacing}'}}]"))
    assert lab.plans[0].scenario.arrivals[0].spacing == spacing


def test_an_external_target_rests_before_each_trial(lab: Lab):
    made(lab, spec(target="http://a.example", allowed_targets=("http://a.example",)))
    assert lab.slept_s == [3.0]
    made(lab, spec())
    assert lab.slept_s == [3.0]


def test_a_trial_begins_when_the_machine_is_quiet(lab: Lab):
    lab.busy_percent = 60.0
    made(lab, spec())
    assert lab.readings == 1


def test_a_machine_that_stays_busy_is_waited_for_no_longer_than_eight_seconds(lab: Lab):
    lab.busy_percent = 61.0
    began_s = lab.clock()
    made(lab, spec())
    assert lab.clock() - began_s == pytest.approx(8.0)


def test_a_trial_that_was_ended_for_its_backlog_says_so(lab: Lab):
    lab.evidence = replace(lab.evidence, early=Aborted(cause="unbounded backlog"))
    assert "the backlog grows without bound" in made(lab, spec())[0].cut_short


def test_a_trigger_test_has_a_fault_and_judges_the_recovery_from_it(lab: Lab):
    trial = trials.make_trigger_test(spec(), PROBE, Path("range"), lambda _: None)
    scenario = lab.plans[0].scenario
    assert [event.fault.kind for event in scenario.timeline] == ["pause"]
    assert scenario.slo.thresholds[0].startswith("recovery < ")
    assert (scenario.slo.warmup_s, trial.purpose, trial.load_s) == (0.0, "trigger", scenario.duration_s)
    assert trial.invalid == "recovery was not measured"


def test_a_trial_that_was_interrupted_is_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = spec()
    end = End(
        state="interrupted",
        early=Interrupted(),
        ended_at=datetime(2026, 1, 1, tzinfo=UTC),
        measurements={},
        verdict=Inconclusive(),
    )
    identity = Run(
        id="20260101-000000-s-p-abcdef",
        policy=asked.policy,
        scenario=asked.scenario,
        upstream=asked.upstream,
        seed=1,
        target="",
        started_at=end.ended_at,
        epoch_s=0.0,
    )
    folder = create(tmp_path, identity)
    finish(folder, end)
    monkeypatch.setattr(trials, "_run", lambda *_: open_run(folder))
    probe = Probe(purpose="bracket", rate_per_s=10.0, warmup_s=1.0, counted_s=4.0)
    with pytest.raises(RecordError, match=r"was cut short: stopped by Ctrl-C; .* --resume"):
        trials.make_trial(asked, probe, tmp_path, lambda _: None)
