"""The frames of ended runs, which are computed once and then read."""

from __future__ import annotations

from contextlib import suppress

from pydantic import TypeAdapter, ValidationError

import dashboard
import harness
from dashboard.data.run_frames import RunFrames, run_frames
from harness.model.errors import RecordError
from harness.record.computed_file import ComputedFile, program_digest
from harness.record.notes import FILE as NOTES
from harness.record.reader import Record

_PROGRAM = program_digest(harness, dashboard)  # of the files as they are when they are loaded
_FRAMES = TypeAdapter(RunFrames)


def computed_frames(record: Record, *, keep: bool = True) -> RunFrames:
    """What `run_frames` says of a whole ended run, from the file beside it if there is one; else it is made.

    Without `keep` no file is written. Raises DamagedError.
    """
    file = ComputedFile.of("frames", [record], _PROGRAM, [record.folder / NOTES])
    if (text := file.text()) is not None:
        with suppress(ValidationError):
            return _FRAMES.validate_json(text)
    found = run_frames(record)
    if keep:
        file.write(_FRAMES.dump_json(found).decode())
    return found


def prepare_frames(record: Record) -> None:
    """Makes the frames of a run that has just ended, so that its page need not; a damaged run has none."""
    with suppress(RecordError):
        if record.end is not None and record.end.state == "complete":
            computed_frames(record)
