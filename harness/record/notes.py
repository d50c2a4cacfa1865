"""Notes on a run: sentences about one of its seconds, written by people afterwards, in a file next to the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from harness.model.errors import ConfigError
from harness.record.record_file import write_record_file
from mock_upstream.config.regular_file import UnreadableFileError, read_file
from mock_upstream.config.toml import Frozen

FILE = "notes.json"
AT_MOST, LONGEST = 50, 120


class RunNote(Frozen):
    """A sentence about a run, and the second since the run's start that it is about."""

    at_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f]+$")]


_NOTES: TypeAdapter[tuple[RunNote, ...]] = TypeAdapter(tuple[RunNote, ...])


def notes(folder: Path) -> tuple[RunNote, ...]:
    """The notes of a run in the order of their seconds; none where there is no file, or one that cannot be read."""
    try:
        found = _NOTES.validate_json(read_file(folder / FILE))
    except (UnreadableFileError, ValidationError):
        return ()
    return tuple(sorted(found, key=lambda note: (note.at_s, note.text)))


def add_note(folder: Path, at_s: float, text: str) -> None:
    """Adds a note. Raises ConfigError for a text that cannot be one or too many notes, and RecordError."""
    try:
        note = RunNote(at_s=at_s, text=" ".join(text.split()))
    except ValidationError:
        raise ConfigError("note", text[:LONGEST], f"must be one line of 1 to {LONGEST} characters") from None
    kept = (*notes(folder), note)
    if len(kept) > AT_MOST:
        raise ConfigError("note", folder.name, f"would have {len(kept)} notes; at most {AT_MOST} are allowed")
    _write(folder, kept)


def remove_note(folder: Path, note: RunNote) -> None:
    """Removes a note, if it is there. Raises RecordError."""
    _write(folder, tuple(one for one in notes(folder) if one != note))


def _write(folder: Path, kept: tuple[RunNote, ...]) -> None:
    write_record_file(folder / FILE, _NOTES.dump_json(kept).decode() + "\n")
