"""The levers that were pulled in a run, from its events."""

from __future__ import annotations

import pandas as pd

from harness.record.event_detail import event_detail
from harness.record.reader import Record

COLUMNS = ["at_s", "what", "who", "result"]
TITLES = ["At", "Lever", "Who", "Result"]


def pulled_levers(events: pd.DataFrame) -> pd.DataFrame:
    """The levers that were pulled: at_s, what, who, result in words."""
    rows = []
    for event in events[events["kind"] == "lever"].sort_values("at_s").to_dict("records"):
        detail = event_detail(event["detail"])
        took = f"acknowledged by {detail.get('acknowledged', 0)} of {detail.get('processes', 0)} processes"
        result = detail.get("problem") or took
        rows.append((event["at_s"], event["name"], str(detail.get("who", "")), str(result)))
    return pd.DataFrame(rows, columns=COLUMNS)


def lever_table(pulled: pd.DataFrame) -> pd.DataFrame:
    """The same to read: a text in every cell, under a title."""
    return pulled.assign(at_s=pulled["at_s"].map("{:.1f} s".format)).set_axis(TITLES, axis="columns")


def untouched(record: Record) -> bool:
    """Whether no lever was requested, neither by the scenario's timeline nor by a person."""
    return not record.run.scenario.levers and not (record.folder / "levers").exists()
