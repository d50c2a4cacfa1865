"""An advice in the runs folder: its files, its command and the run that decides it."""

from __future__ import annotations

from pathlib import Path

from dashboard.data.advised_runs import folder_of, proving_run, run_arguments, write_advice
from harness.advise.advisor import advise
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.record.reader import list_runs
from tests.unit.harness.advise.made_answers import answers

ADVICE = advise(answers())


def test_the_command_reads_the_files_that_were_written(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, answers(), ADVICE)
    write_advice(folder, answers(), ADVICE)
    _, scenario, _, policy = run_arguments(folder)
    assert read_scenario(scenario).scenario == ADVICE.scenario
    assert read_policy(policy) == ADVICE.policy


def test_the_folder_of_an_advice_is_no_run(tmp_path: Path) -> None:
    write_advice(folder_of(tmp_path, answers(), ADVICE), answers(), ADVICE)
    assert list_runs(tmp_path) == []


def test_another_run_proves_nothing(root: Path) -> None:
    records = [each for each in list_runs(root) if hasattr(each, "run")]
    assert records
    assert proving_run(records, answers(), ADVICE) is None
