"""Levers of a live run as controls, made from their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from dashboard.components.schema_form import Field
from harness.model.lever import ClientLever, UpstreamLever

_STARTS = {"rate_per_s": 100.0, "total": 1, "ratio": 0.1, "maxsize": 10, "count": 32, "ttl_s": 10.0}


@dataclass(frozen=True, slots=True)
class LeverSetting:
    """One setting of a lever. `words` are values besides a number: "off", "the policy's own"."""

    field: Field
    words: Mapping[str, bool]
    optional: bool


@dataclass(frozen=True, slots=True)
class LeverControl:
    """One lever: its name, what it does, and what can be set."""

    name: str
    does: str
    settings: tuple[LeverSetting, ...]


def lever_controls() -> dict[str, LeverControl]:
    """The levers whose settings are plain values, by name; what takes a whole table is left to the command line."""
    found = {}
    for kind in (*get_args(ClientLever), *get_args(UpstreamLever)):
        control = _control(kind)
        if control is not None:
            found[control.name] = control
    return found


def _control(kind: type[BaseModel]) -> LeverControl | None:
    schema = kind.model_json_schema()
    settings = []
    for name, property_ in schema["properties"].items():
        if name == "lever":
            continue
        setting = _setting(name, property_)
        if setting is None:
            return None
        settings.append(setting)
    does = " ".join((kind.__doc__ or "").split())
    return LeverControl(str(schema["properties"]["lever"]["const"]), does, tuple(settings))


def _setting(name: str, property_: Mapping[str, Any]) -> LeverSetting | None:
    options = property_.get("anyOf", [property_])
    first = options[0]
    types = {option.get("type") for option in options}
    words: dict[str, bool] = {}
    if "boolean" in types and first.get("type") != "boolean":
        only_off = any(option.get("const") is False for option in options)
        words = {"off": False} if only_off else {"off": False, "the policy's own": True}
    low = first.get("minimum", first.get("exclusiveMinimum"))
    start = property_.get("default", False if first.get("type") == "boolean" else _STARTS.get(name))
    kinds = {"integer": "whole", "number": "number", "boolean": "switch", "string": "text"}
    if "enum" in first:
        choices = tuple(first["enum"])
        return LeverSetting(Field(name, "choice", choices[0], choices=choices), words, optional=False)
    if first.get("type") not in kinds:
        return None
    field = Field(name, kinds[first["type"]], start, low)  # type: ignore[arg-type]
    return LeverSetting(field, words, optional="null" in types)
