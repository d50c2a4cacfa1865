"""A baseline as a file of a repository: read, and written from a recorded run."""

from __future__ import annotations

from pathlib import Path

from harness.model.baseline import Baseline
from harness.model.errors import DamagedError, NotFoundError, RecordError
from harness.record.reader import Record
from harness.record.record_file import read_record_file, write_record_file


def read_baseline(path: Path, scenario: str) -> Baseline:
    """Reads a baseline. Raises RecordError when it is missing, broken, or of another scenario."""
    try:
        found = read_record_file(Baseline, path, 0, "baseline")
    except NotFoundError:
        raise NotFoundError(str(path), "", "does not exist; create it with --save") from None
    except DamagedError as error:
        raise DamagedError(str(path), "", f"{error.problem}; create another one with --save") from None
    if found.scenario != scenario:
        raise RecordError(
            str(path),
            "scenario",
            f"is {found.scenario!r}, not {scenario!r}; use a baseline of the same scenario",
        )
    return found


def write_baseline(path: Path, record: Record) -> None:
    """Writes a run as the baseline. Raises RecordError for a run that was cut short, and where it cannot be written."""
    run, end = record.run, record.end
    if end is None or end.state != "complete":
        raise RecordError(run.id, "", "did not run to its end, so it cannot be a baseline; run it again")
    found = Baseline(
        scenario=run.scenario.name,
        policy=run.policy.name,
        seed=run.seed,
        run=run.id,
        made_at=end.ended_at,
        machine=run.machine,
        measurements=end.measurements,
    )
    write_record_file(path, found.model_dump_json(indent=1) + "\n")
