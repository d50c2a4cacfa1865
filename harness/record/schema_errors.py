"""The error for a file of a run or of a range that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from harness.model.errors import DamagedError, NewerSchemaError, RecordError


def unreadable(path: Path, text: bytes, schema: int, owner: str, error: ValueError) -> RecordError:
    """What is wrong with the JSON of an `owner`'s file, of which this version knows schemas up to `schema`."""
    try:
        version = json.loads(text).get("schema_version", 0)
    except (ValueError, AttributeError):
        return DamagedError(str(path), "", f"is not JSON; the {owner}'s folder is damaged")
    if isinstance(version, int) and version > schema:
        return newer_schema(path, version, schema)
    return DamagedError(str(path), "", f"cannot be read: {_first_problem(error)}")


def newer_schema(path: Path, version: int, schema: int) -> NewerSchemaError:
    """A file of a schema that only a later version reads."""
    problem = (
        f"was written by a newer surgeline (schema {version}, this one reads {schema}); upgrade to open it"
    )
    return NewerSchemaError(str(path), "", problem)


def _first_problem(error: ValueError) -> str:
    """What the model found first, with the place in the file."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()
