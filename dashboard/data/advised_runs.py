"""The files of an advice in the runs folder, and the newest run that was made with them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.advise.advised_files import POLICY, SCENARIO, advised_texts, proof_text
from harness.assess.confirmations import newest_run_of
from harness.inputs.written_folder import write_folder
from harness.model.advised import Advice
from harness.model.answers import Answers
from harness.record.reader import Record

FOLDER = ".advised"
"""Inside the runs folder, where no run is looked for."""


def folder_of(root: Path, answers: Answers, advice: Advice) -> Path:
    """Where the files of this advice are kept; the same answers have the same folder."""
    return root / FOLDER / f"{answers.name}-{advice.digest}"


def run_arguments(folder: Path) -> list[str]:
    """The arguments of the command whose run confirms or refutes the advice."""
    return ["run", str(folder / SCENARIO), "--policy", str(folder / POLICY)]


def write_advice(folder: Path, answers: Answers, advice: Advice) -> None:
    """Writes the files that the run reads. Raises ConfigError."""
    write_folder(folder, advised_texts(answers, advice, proof_text(advice)), "advise")


def proving_run(records: Iterable[Record], answers: Answers, advice: Advice) -> Record | None:
    """The newest complete run of the advised files, among runs of this name; None without one."""
    named = (each for each in records if each.run.scenario.name == answers.name)
    return newest_run_of(advice.digest, named)
