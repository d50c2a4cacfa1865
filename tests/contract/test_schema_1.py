"""What the version before has recorded opens: a run, a range and a baseline of schema 1."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.assess.baselines import verdict_against
from harness.assess.runs import evidence_of
from harness.model.run import SCHEMA
from harness.record.baseline_file import read_baseline
from harness.record.reader import Record, find_run, list_runs, open_run
from harness.record.result_store import RANGES
from tests.conftest import Program

OLD = Path(__file__).parents[1] / "fixtures" / "schema_1"
RUN = next(OLD.glob("*-dependency-slowdown-careful-*"))
RANGE = next(OLD.glob("*-range-baseline-careful-*"))


def test_the_fixtures_are_of_schema_1_and_the_present_one_is_newer() -> None:
    for path in (RUN / "run.json", RANGE / "range.json"):
        assert json.loads(path.read_text())["schema_version"] == 1
    assert SCHEMA > 1


def test_a_run_opens_with_its_calls_its_end_and_its_policy() -> None:
    record = open_run(RUN)
    assert record.state == "complete"
    assert record.end is not None
    assert record.run.policy.name == "careful"
    assert record.end.measurements["calls"].value > 50
    assert len(record.calls()) > 50
    assert evidence_of(record).counted["latency_s"].median() > 0.01


def test_a_run_and_a_range_are_listed_and_found() -> None:
    assert [item.run.id for item in list_runs(OLD) if isinstance(item, Record)] == [RUN.name]
    assert find_run(OLD, "dependency-slowdown").run.id == RUN.name
    assert [found.id for found in RANGES.listed(OLD)] == [RANGE.name]  # type: ignore[union-attr]


def test_a_range_opens_with_its_search_and_its_trials() -> None:
    found = RANGES.load(RANGE)
    assert found.spec.policy.name == "careful"
    assert found.stable_up_to is not None
    assert len(found.trials) == 11
    assert not any(trial.invalid for trial in found.trials)


def test_a_baseline_judges_a_run() -> None:
    baseline = read_baseline(OLD / "baseline.json", "baseline")
    verdict = verdict_against(open_run(RUN), baseline, ("p99(latency) < 1.2x baseline",))
    assert verdict.margins[-1].threshold == "p99(latency) < 1.2x baseline"


@pytest.mark.parametrize(
    "arguments", [("list",), ("show", "latest"), ("suggest", "latest"), ("report", "latest")]
)
def test_the_command_line_reads_it(command: Program, runs: Path, arguments: tuple[str, ...]) -> None:
    shutil.copytree(OLD, runs)
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
