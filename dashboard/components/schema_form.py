"""A form made from the schemas: which settings a policy or a scenario has, and what was changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from harness.model.ownership import LABELS

Kind = Literal["whole", "number", "switch", "choice", "text"]
LEFT_OUT = frozenset({*LABELS, "factory", "path", "upstream", "journey", "thresholds", "shape", "kind"})


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: its dotted key as in `--set`, its value as written, and what the schema allows."""

    key: str
    kind: Kind
    value: Any
    low: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table it belongs to, "" for the top."""
        return self.key.rpartition(".")[0].partition(".")[2]

    @property
    def label(self) -> str:
        """Its own name."""
        return self.key.rpartition(".")[2]

    def override(self, value: Any) -> str | None:
        """`KEY=VALUE` for `--set`, or None when nothing was changed. A value that was removed stays as it was."""
        if value is None or value in ("", self.value):
            return None
        return f"{self.key}={value if self.kind == 'text' else json.dumps(value)}"


def fields(model: BaseModel, kind: Literal["policy", "scenario"]) -> list[Field]:
    """The settings of a policy or scenario that a form can offer, in the order of the schema.

    Tables that are not there, mappings and secrets are left to `--set` and to files.
    """
    return list(_fields(model, kind))


def _fields(model: BaseModel, prefix: str) -> Iterator[Field]:
    schema = type(model).model_json_schema()
    for name, property_ in schema["properties"].items():
        value, key = getattr(model, name), f"{prefix}.{name}"
        if name in LEFT_OUT or name == "auth":
            continue
        if isinstance(value, BaseModel):
            yield from _fields(value, key)
        elif isinstance(value, tuple) and value and all(isinstance(item, BaseModel) for item in value):
            if name != "timeline":
                for index, item in enumerate(value):
                    yield from _fields(item, f"{key}.{index}")
        elif (field := _field(key, value, property_)) is not None:
            yield field


def _field(key: str, value: Any, property_: Mapping[str, Any]) -> Field | None:
    options = [o for o in property_.get("anyOf", [property_]) if o.get("type") != "null"]
    first = options[0]
    low = first.get("minimum", first.get("exclusiveMinimum"))
    if isinstance(value, bool) and (first.get("type") == "boolean"):
        return Field(key, "switch", value)
    if "enum" in first and isinstance(value, str):
        return Field(key, "choice", value, choices=tuple(first["enum"]))
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if first.get("type") == "integer" and (numeric or value is None):
        return Field(key, "whole", value, low)
    if first.get("type") == "number" and (numeric or value is None):
        return Field(key, "number", value, low)
    if isinstance(value, tuple | str | bool):
        return Field(key, "text", json.dumps(list(value) if isinstance(value, tuple) else value))
    return None
