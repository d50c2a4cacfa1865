"""One small file of a record: read as the type that it holds, and written whole; each problem is one line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from harness.model.atomic import write_text
from harness.model.errors import DamagedError, NewerSchemaError, NotFoundError, RecordError
from mock_upstream.config.regular_file import UnreadableFileError, read_file
from mock_upstream.config.syntax import SyntaxProblem, parse_json

T = TypeVar("T", bound=BaseModel)

MOST_BYTES, MOST_VALUES, MOST_TABLES = 64_000_000, 2_000_000, 200_000
"""A run's file holds its scenario, and with it up to a million recorded times of arrival."""


def read_record_file(kind: type[T], path: Path, schema: int, owner: str) -> T:
    """Reads JSON of schema `schema` or an earlier one, that an `owner` such as a run has.

    Raises NotFoundError where there is no file, NewerSchemaError, and DamagedError for all else.
    """
    try:
        text = read_file(path, MOST_BYTES)
    except UnreadableFileError as error:
        raise (NotFoundError if error.missing else DamagedError)(str(path), "", str(error)) from None
    if text.count(b",") > MOST_VALUES or text.count(b"[") + text.count(b"{") > MOST_TABLES:
        raise DamagedError(str(path), "", f"has more values than a {owner} can have")
    try:
        found = kind.model_validate_json(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, text, schema, owner, error) from None
    version = getattr(found, "schema_version", 0)
    if version > schema:
        raise _newer_schema(path, version, schema)
    return found


def write_record_file(path: Path, text: str) -> None:
    """Writes a file in place of the one before; its folder must be there. Raises RecordError."""
    try:
        write_text(path, text)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise RecordError(str(path), "", f"cannot be written: {why}") from None


def _unreadable(path: Path, text: bytes, schema: int, owner: str, error: Exception) -> RecordError:
    try:
        found = parse_json(text, MOST_VALUES)
    except SyntaxProblem as problem:
        return DamagedError(str(path), "", f"{problem}; the {owner}'s folder is damaged")
    version = found.get("schema_version", 0) if isinstance(found, dict) else 0
    if isinstance(version, int) and version > schema:
        return _newer_schema(path, version, schema)
    return DamagedError(str(path), "", f"cannot be read: {_first_problem(error)}")


def _newer_schema(path: Path, version: int, schema: int) -> NewerSchemaError:
    problem = (
        f"was written by a newer surgeline (schema {version}, this one reads {schema}); upgrade to open it"
    )
    return NewerSchemaError(str(path), "", problem)


def _first_problem(error: Exception) -> str:
    """What the model found first, with the place in the file."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()
