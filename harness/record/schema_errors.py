"""Why a file of a run or of a range can't be read, in a line."""

from __future__ import annotations

import json


def unreadable_reason(text: bytes, schema: int, owner: str, error: ValueError) -> str:
    """What is wrong with the JSON of an `owner`'s folder, of which this version knows schemas up to `schema`."""
    try:
        version = json.loads(text).get("schema_version", 0)
    except (ValueError, AttributeError):
        return f"is not JSON; the {owner}'s folder is damaged"
    if isinstance(version, int) and version > schema:
        return newer_schema_reason(version, schema)
    return f"can't be read: {first_line(error)}"


def newer_schema_reason(version: int, schema: int) -> str:
    """What to do about a file of a schema of tomorrow."""
    return f"was written by a newer surgeline (schema {version}, this one reads {schema}); upgrade to open it"


def first_line(error: ValueError) -> str:
    """The first complaint of a model, without its heading."""
    return " ".join(str(error).split("\n")[1:3]).strip() or str(error)
