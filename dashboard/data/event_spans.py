"""Faults and levers as they really happened, as spans that every time chart draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from harness.record.event_detail import event_detail
from harness.record.notes import RunNote

COLUMNS = ["start_s", "end_s", "kind", "label", "row"]
KINDS = ("fault", "lever")
ROWS_AT_MOST = 4
LONGEST = 48
_QUIET = frozenset({"kind", "name", "rule", "ratio"})


def spans(events: pd.DataFrame, last_s: float, notes: Sequence[RunNote] = ()) -> pd.DataFrame:
    """Spans of a run's `events` and its notes: start_s, end_s, kind (fault, lever, note), label, row.

    A fault without a recorded end lasts until `last_s`; a lever or a note is a moment and ends where it starts. Faults
    that were on all the time are left out: see `standing`. `row` is a lane from 0, so that labels that overlap
    in time are written under each other.
    """
    found = _spans(events, last_s)
    passing = found[~_all_the_time(found, last_s)]
    if notes:
        moments = [(note.at_s, note.at_s, "note", _short(note.text)) for note in notes]
        passing = pd.concat([passing, pd.DataFrame(moments, columns=COLUMNS[:-1])]).sort_values("start_s")
        passing = passing.reset_index(drop=True)
    return _in_rows(passing.assign(start_s=passing["start_s"].clip(lower=0.0)), last_s)


def spans_within(found: pd.DataFrame, from_s: float, until_s: float) -> pd.DataFrame:
    """The spans that lie in these seconds, each cut to them."""
    inside = found[(found["start_s"] < until_s) & (found["end_s"] >= from_s)]
    cut = inside.assign(
        start_s=inside["start_s"].clip(lower=from_s), end_s=inside["end_s"].clip(upper=until_s)
    )
    moments = cut["kind"] != "fault"
    return _in_rows(
        cut[moments & (inside["start_s"] >= from_s) | ~moments & (cut["end_s"] > cut["start_s"])],
        until_s - from_s,
    )


def since(events: pd.DataFrame, zero_s: float, last_s: float) -> pd.DataFrame:
    """The spans until `last_s` or the last event, with times in seconds since `zero_s`, negative ones included."""
    found = spans(events, max([last_s, *events["at_s"]]))
    return found.assign(start_s=found["start_s"] - zero_s, end_s=found["end_s"] - zero_s)


def active_sentences(found: pd.DataFrame, until_s: float) -> list[str]:
    """In words which faults were active, and which levers were pulled, from 0 s to `until_s`."""
    during = found[(found["end_s"] >= 0) & (found["start_s"] <= until_s)]
    faults = dict.fromkeys(during.loc[during["kind"] == "fault", "label"])
    levers = dict.fromkeys(during.loc[during["kind"] == "lever", "label"])
    said = [f"Shaded: the fault {fault} was active at the upstream." for fault in faults]
    return [*said, *(f"The lever {lever} was pulled during this time." for lever in levers)]


def standing(events: pd.DataFrame, last_s: float) -> list[str]:
    """The faults that were on from the start to the end, in words."""
    found = _spans(events, last_s)
    return [str(label) for label in found.loc[_all_the_time(found, last_s), "label"]]


def _all_the_time(found: pd.DataFrame, last_s: float) -> pd.Series[bool]:
    return (found["kind"] == "fault") & (found["start_s"] <= 0) & (found["end_s"] >= last_s)


def _spans(events: pd.DataFrame, last_s: float) -> pd.DataFrame:
    ordered = events[events["kind"].isin(KINDS)].sort_values("at_s", kind="stable")
    open_at: dict[tuple[str, str, str], int] = {}
    found: list[dict[str, Any]] = []
    for event in ordered.to_dict("records"):
        detail = event_detail(event["detail"])
        key = (event["kind"], event["name"], str(detail.get("rule", "")))
        if event["action"] == "off":
            if key in open_at:
                found[open_at.pop(key)]["end_s"] = event["at_s"]
            continue
        open_at[key] = len(found)
        last = event["at_s"] if event["kind"] == "lever" else max(last_s, event["at_s"])
        label = lever_label(event) if event["kind"] == "lever" else fault_label(event["name"], detail)
        found.append({"start_s": event["at_s"], "end_s": last, "kind": event["kind"], "label": label})
    return pd.DataFrame(found, columns=COLUMNS[:-1])


def fault_label(name: str, detail: dict[str, Any]) -> str:
    """`latency +300 ms`, `slowdown × 4`, `status 503 on 20 %`: a fault in at most LONGEST characters."""
    settings = [_setting(key, value) for key, value in detail.items() if key not in _QUIET]
    share = f" on {detail['ratio'] * 100:g} %" if isinstance(detail.get("ratio"), float | int) else ""
    text = name + (" " + ", ".join(settings) if settings else "") + share
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def lever_label(event: Mapping[Any, Any]) -> str:
    """A lever as its event tells it, and whether it failed."""
    failed = " (failed)" if event["action"] == "failed" else ""
    return str(event["name"])[: LONGEST - len(failed)] + failed


def _setting(key: str, value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        if key == "add_s":
            return f"+{value * 1000:g} ms" if value < 1 else f"+{value:g} s"
        if key == "factor":
            return f"× {value:g}"
        if key == "status":
            return f"{value}"
        if key.endswith("_s"):
            return f"{key[:-2].replace('_', ' ')} {value:g} s"
    return f"{key.replace('_', ' ')} {value}"


def _in_rows(frame: pd.DataFrame, last_s: float) -> pd.DataFrame:
    """Gives each span the first lane whose last label is far enough to its left."""
    room_s = max(last_s, 1.0) * 0.3
    free_from: list[float] = []
    rows = []
    for start in frame["start_s"]:
        row = next((i for i, free in enumerate(free_from) if free <= start), len(free_from))
        row = min(row, ROWS_AT_MOST - 1)
        free_from[row : row + 1] = [start + room_s]
        rows.append(row)
    return frame.reset_index(drop=True).assign(row=pd.Series(rows, dtype="int64"))
