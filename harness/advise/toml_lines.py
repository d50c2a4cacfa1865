"""Advised settings as the text of a TOML file, each with its reason and its source above it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from harness.model.advised import AdvisedSetting


def settings_table(settings: Iterable[AdvisedSetting]) -> dict[str, Any]:
    """The settings as nested tables; numbers in a key count the tables of a list."""
    table: dict[str, Any] = {}
    for each in settings:
        parts = each.key.split(".")
        inner: Any = table
        for part, following in pairwise(parts):
            usual: Any = [] if following.isdigit() else {}
            if isinstance(inner, list):
                if int(part) == len(inner):
                    inner.append(usual)
                inner = inner[int(part)]
            else:
                inner = inner.setdefault(part, usual)
        inner[parts[-1]] = each.value
    return table


def toml_text(
    labels: Mapping[str, object], settings: Sequence[AdvisedSetting], notes: Sequence[str] = ()
) -> str:
    """Notes as comments, labels, then the settings by table; the same settings give the same bytes."""
    lines = [f"# {note}" for note in notes] + [f"{key} = {scalar(value)}" for key, value in labels.items()]
    tables: dict[str, list[AdvisedSetting]] = {}
    for each in settings:
        tables.setdefault(each.key.rpartition(".")[0], []).append(each)
    for table in sorted(tables, key=bool):
        lines += ["", _header(table)] if table else []
        before = ""
        for each in tables[table]:
            why = f"# {each.reason} ({each.source})"
            lines += [why] if why != before else []
            lines.append(f"{each.key.rpartition('.')[2]} = {scalar(each.value)}")
            before = why
    return "\n".join(lines) + "\n"


def scalar(value: object) -> str:
    """A text, number, truth value, list of these, day or inline table as TOML."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {scalar(each)}" for key, each in value.items()) + " }"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _header(table: str) -> str:
    name, _, number = table.rpartition(".")
    return f"[[{name}]]" if number.isdigit() else f"[{table}]"
