"""Levers of a live run as controls, made from their schemas; and those that were pulled, from the events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd
from pydantic import BaseModel

from dashboard.form import Field
from harness.model.lever import ClientLever, UpstreamLever

COLUMNS = ["at_s", "what", "who", "result"]
_STARTS = {"rate_per_s": 100.0, "total": 1, "ratio": 0.1, "maxsize": 10, "count": 32, "ttl_s": 10.0}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a lever. `words` are values besides a number: "off", "the policy's own"."""

    field: Field
    words: Mapping[str, bool]
    optional: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One lever: its name, what it does, and what can be set."""

    name: str
    does: str
    settings: tuple[Setting, ...]


def controls() -> dict[str, Control]:
    """The levers whose settings are plain values, by name; what takes a whole table is left to the command line."""
    found = {}
    for kind in (*get_args(ClientLever), *get_args(UpstreamLever)):
        control = _control(kind)
        if control is not None:
            found[control.name] = control
    return found


def pulled(events: pd.DataFrame) -> pd.DataFrame:
    """The levers that were pulled: at_s, what, who, result in words."""
    rows = []
    for event in events[events["kind"] == "lever"].sort_values("at_s").to_dict("records"):
        detail = json.loads(event["detail"] or "{}")
        took = f"acknowledged by {detail.get('acknowledged', 0)} of {detail.get('processes', 0)} processes"
        result = detail.get("problem") or took
        rows.append((event["at_s"], event["name"], str(detail.get("who", "")), str(result)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _control(kind: type[BaseModel]) -> Control | None:
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
    return Control(str(schema["properties"]["lever"]["const"]), does, tuple(settings))


def _setting(name: str, property_: Mapping[str, Any]) -> Setting | None:
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
        return Setting(Field(name, "choice", choices[0], choices=choices), words, optional=False)
    if first.get("type") not in kinds:
        return None
    field = Field(name, kinds[first["type"]], start, low)  # type: ignore[arg-type]
    return Setting(field, words, optional="null" in types)
