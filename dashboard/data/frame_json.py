"""Frames as JSON, without loss: each column with its type and its values."""

from __future__ import annotations

import json
from typing import Annotated

import pandas as pd
from pydantic import PlainSerializer, PlainValidator


def to_json(frame: pd.DataFrame) -> str:
    """A frame whose rows are numbered from 0; NaN and infinity are written by their names."""
    columns = [(name, str(frame[name].dtype), frame[name].tolist()) for name in frame]
    return json.dumps({"rows": len(frame), "columns": columns})


def from_json(text: str) -> pd.DataFrame:
    """The frame that `to_json` wrote. Raises ValueError for any other text."""
    try:
        found = json.loads(text)
        columns = {name: pd.Series(values, dtype=kind) for name, kind, values in found["columns"]}
        if any(len(column) != found["rows"] for column in columns.values()):
            raise ValueError("its columns have another length than it says")
        return pd.DataFrame(columns, index=pd.RangeIndex(found["rows"]))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"is no frame: {error}") from None


Frame = Annotated[pd.DataFrame, PlainValidator(from_json), PlainSerializer(to_json)]
