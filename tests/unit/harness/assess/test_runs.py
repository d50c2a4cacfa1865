"""What is handed to analyse of a run that was silent for a while, or that an older version recorded."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from harness.analyse.compare.paired_differences import compare
from harness.analyse.measure.timeline import parts
from harness.assess.runs import compare_records, evidence_of, judged_between, judged_end
from harness.inputs.scenarios import read_scenario
from harness.model.ending import Interrupted, Lost
from harness.model.machine_check import MachineCheck
from harness.model.policy import Policy
from harness.model.run import Run
from harness.model.run_effect import ASSUMED, RunEffect
from harness.model.scenario import Scenario
from harness.record.machine import MACHINE_CHECK_FILE
from harness.record.reader import Record, open_run
from harness.record.writer import create
from tests.unit.dashboard import made_guards, made_runs

FIXTURES = Path(__file__).parents[3] / "fixtures" / "schema_1"
UNKNOWN = ("throttle_s", "pool_wait_s")


def _silent(root: Path) -> Record:
    written = read_scenario("baseline")
    identity = Run(
        id="20260101-000000-s-p-abcdef",
        policy=Policy(name="p"),
        scenario=written.scenario,
        upstream=written.upstream,
        seed=1,
        target="http://127.0.0.1:1",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        epoch_s=1.0,
    )
    folder = create(root, identity)
    for path in (folder, *folder.iterdir()):
        os.utime(path, (time.time() - 60.0, time.time() - 60.0))
    return open_run(folder)


def test_a_run_that_its_own_lab_takes_long_to_close_was_not_killed(tmp_path: Path) -> None:
    record = _silent(tmp_path)
    assert record.state == "interrupted"
    end = judged_end(record, None)
    assert (end.state, end.early) == ("complete", None)


def test_a_run_without_recent_writes_and_without_an_end_was_killed(tmp_path: Path) -> None:
    assert evidence_of(_silent(tmp_path)).early == Lost(part="command", detail="was killed")


def test_the_end_keeps_what_cut_the_run_short_as_data_and_in_words(tmp_path: Path) -> None:
    end = judged_end(_silent(tmp_path), Interrupted())
    assert (end.state, end.early, end.reason) == ("interrupted", Interrupted(), "stopped by Ctrl-C")


@pytest.fixture
def older(tmp_path: Path) -> Record:
    """The run of schema 1, as a version would have recorded it that did not know two of the durations yet."""
    (folder,) = (path.parent for path in FIXTURES.glob("*/run.json"))
    shutil.copytree(folder, tmp_path / folder.name)
    for table in ("calls", "attempts"):
        file = tmp_path / folder.name / f"{table}.parquet"
        pyarrow.parquet.write_table(pyarrow.parquet.read_table(file).drop_columns(list(UNKNOWN)), file)
    return open_run(tmp_path / folder.name)


def test_a_run_of_schema_1_is_measured_as_it_was_when_it_was_recorded() -> None:
    (folder,) = (path.parent for path in FIXTURES.glob("*/run.json"))
    record = open_run(folder)
    assert record.end is not None

    now = judged_end(record, None)

    assert now.verdict.kind == record.end.verdict.kind
    # The median over callers followed another rule of quantiles then, and a failed call counted with its own duration.
    changed = {"starved_caller.p50", *(name for name in now.measurements if name.startswith("latency."))}
    for name in set(record.end.measurements) - changed:
        then = record.end.measurements[name]
        assert (now.measurements[name].value, now.measurements[name].n) == (then.value, then.n)


def test_a_run_of_schema_1_is_judged_by_the_rule_that_failed_calls_are_late() -> None:
    (folder,) = (path.parent for path in FIXTURES.glob("*/run.json"))
    record = open_run(folder)
    assert record.end is not None

    now = judged_end(record, None)

    reached = {name: now.measurements[name].value is not None for name in ("latency.p95", "latency.p99")}
    assert reached == {"latency.p95": True, "latency.p99": False}
    for name in ("latency.p50", "latency.p95", "latency.p99", "latency.max"):
        assert now.measurements[name].number >= record.end.measurements[name].number


def test_a_duration_that_was_not_recorded_is_measured_as_0(older: Record) -> None:
    assert judged_end(older, None).measurements["pool_wait.p99"].value == 0.0


def test_the_parts_of_a_call_that_was_recorded_without_some_add_up_to_its_latency(older: Record) -> None:
    calls = older.calls()

    found = parts(calls)

    assert found["pool wait"].max() == 0.0
    assert np.sum(list(found.values()), axis=0) == pytest.approx(calls["latency_s"].to_numpy())


def _checked(root: Path, effect: RunEffect | None, machine: dict[str, str | int | float]) -> None:
    found = MachineCheck(
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        machine=machine,
        driver_ceiling_per_s=800.0,
        measurements=(),
        run_effect=effect,
    )
    (root / MACHINE_CHECK_FILE).write_text(found.model_dump_json(exclude_none=True))


MEASURED = RunEffect(spread=0.01, usual=0.026, runs=6)


def test_a_comparison_cites_how_much_identical_runs_differ_on_the_machine_of_its_runs(tmp_path: Path) -> None:
    record = _silent(tmp_path)
    _checked(tmp_path, MEASURED, record.run.machine)
    assert compare_records([record, record]).run_effect == MEASURED


@pytest.mark.parametrize(
    ("effect", "machine"),
    [(None, {}), (MEASURED, {"cpus": 64})],
    ids=["a check of an earlier version", "a check of another machine"],
)
def test_what_was_not_measured_on_the_machine_of_the_runs_is_assumed(
    tmp_path: Path, effect: RunEffect | None, machine: dict[str, str | int | float]
) -> None:
    record = _silent(tmp_path)
    _checked(tmp_path, effect, {**record.run.machine, **machine})
    assert compare_records([record, record]).run_effect == ASSUMED


def test_runs_without_a_machine_check_have_an_assumed_effect(tmp_path: Path) -> None:
    record = _silent(tmp_path)
    assert compare_records([record, record]).run_effect == ASSUMED


def test_a_comparison_reads_all_the_columns_that_it_needs(tmp_path: Path) -> None:
    records = [
        open_run(
            made_runs.complete(tmp_path, policy, started_at=made_runs.STARTED + timedelta(minutes=number))
        )
        for number, policy in enumerate((made_runs.STATELESS, made_runs.CAREFUL, made_guards.guarded()))
    ]
    whole = compare([evidence_of(record) for record in records])
    assert compare_records(records).deltas == whole.deltas


def test_some_seconds_of_a_run_are_measured_and_judged_alone(tmp_path: Path) -> None:
    record = open_run(made_runs.complete(tmp_path, made_runs.TEXTBOOK))
    calls = record.calls()
    inside = calls["scheduled_s"].between(10, 18, inclusive="left")
    measured, verdict = judged_between(record, 10.0, 18.0)
    assert measured["calls"].number == inside.sum()
    assert measured["error_ratio"].number == (calls.loc[inside, "outcome"] != "ok").mean()
    ended = calls["ended_s"].between(10, 18, inclusive="left")
    assert measured["achieved_rate"].number == pytest.approx(ended.sum() / 8)
    assert verdict.margins[0].verdict == "fail"
    calm, _ = judged_between(record, 3.0, 10.0)
    assert calm["latency.p99"].number < 0.25 < measured["latency.p99"].number


def test_recovery_is_about_a_whole_run_and_no_part_of_some_seconds(tmp_path: Path) -> None:
    slo = {"warmup_s": 3.0, "thresholds": ["recovery < 5s", "ratio(error) < 1%"]}
    scenario = Scenario.model_validate(made_runs.scenario().model_dump() | {"slo": slo})
    record = open_run(made_runs.complete(tmp_path, made_runs.CAREFUL, scenario))
    measured, verdict = judged_between(record, 3.0, 30.0)
    assert "recovery" not in measured
    assert [m.threshold for m in verdict.margins] == ["ratio(error) < 1%"]
