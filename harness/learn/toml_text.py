"""A table as the text of a TOML file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

Table = dict[str, object]


def document(table: Mapping[str, object], notes: Sequence[str] = ()) -> str:
    """Comments first, then values, then tables, then lists of tables; a table inside of these is written inline."""
    lines = [f"# {note}" for note in notes]
    values = {
        key: value for key, value in table.items() if not isinstance(value, dict) and not _is_tables(value)
    }
    lines += _pairs(values)
    for key, value in table.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *_pairs(value)]
    for key, value in table.items():
        if _is_tables(value) and isinstance(value, list):
            for each in value:
                lines += ["", f"[[{key}]]", *_pairs(each)]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _pairs(table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
