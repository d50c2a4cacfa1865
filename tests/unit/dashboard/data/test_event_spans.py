"""Events become spans."""

from __future__ import annotations

import json

import pandas as pd

from dashboard.data.event_spans import (
    active_sentences,
    fault_label,
    since,
    spans,
    spans_within,
    standing,
)
from harness.record.notes import RunNote

Event = tuple[float, str, str, str, dict[str, object]]


def _events(*rows: Event) -> pd.DataFrame:
    columns = ["at_s", "kind", "name", "action", "detail"]
    return pd.DataFrame([(*r[:4], json.dumps(r[4])) for r in rows], columns=columns)


def test_a_fault_spans_from_on_to_off() -> None:
    found = spans(_events((10, "fault", "latency", "on", {}), (18, "fault", "latency", "off", {})), 30)
    assert found[["start_s", "end_s"]].to_numpy().tolist() == [[10, 18]]


def test_a_fault_that_was_never_turned_off_lasts_to_the_end() -> None:
    assert spans(_events((10, "fault", "latency", "on", {})), 30)["end_s"].tolist() == [30]


def test_two_faults_of_one_name_are_told_apart_by_their_rule() -> None:
    rows: list[Event] = [
        (1, "fault", "status", "on", {"rule": "timeline.0"}),
        (2, "fault", "status", "on", {"rule": "timeline.1"}),
        (3, "fault", "status", "off", {"rule": "timeline.0"}),
        (4, "fault", "status", "off", {"rule": "timeline.1"}),
    ]
    assert spans(_events(*rows), 30)["end_s"].tolist() == [3, 4]


def test_a_fault_that_was_on_all_the_time_is_no_span() -> None:
    events = _events((-0.1, "fault", "status", "on", {"status": 503}), (31, "fault", "status", "off", {}))
    assert spans(events, 30).empty
    assert standing(events, 30) == ["status 503"]


def test_a_lever_is_a_moment() -> None:
    found = spans(_events((14, "lever", "throttle", "pull", {"rate_per_s": 120})), 30)
    assert found[["start_s", "end_s"]].to_numpy().tolist() == [[14, 14]]


def test_what_the_driver_notes_is_neither_fault_nor_lever() -> None:
    assert spans(_events((1, "driver", "warm-up", "noted", {})), 30).empty


def test_labels_that_would_cover_each_other_get_rows_of_their_own() -> None:
    rows: list[Event] = [(at, "fault", f"f{at}", "on", {}) for at in (10, 11, 25)]
    assert spans(_events(*rows), 30)["row"].tolist() == [0, 1, 0]


def test_a_fault_is_named_with_its_size() -> None:
    assert (
        fault_label("latency", {"kind": "latency", "add_s": 0.3, "rule": "timeline.0"}) == "latency +300 ms"
    )
    assert fault_label("slowdown", {"kind": "slowdown", "factor": 4.0}) == "slowdown × 4"
    assert fault_label("status", {"ratio": 0.2, "status": 503}) == "status 503 on 20 %"


def test_the_spans_of_a_call_count_from_its_start() -> None:
    events = _events((10, "fault", "latency", "on", {}), (18, "fault", "latency", "off", {}))
    assert since(events, 12, 14)[["start_s", "end_s"]].to_numpy().tolist() == [[-2, 6]]


def test_only_what_was_active_in_the_time_is_said() -> None:
    events = _events(
        (1, "fault", "latency", "on", {}), (2, "fault", "latency", "off", {}),
        (10, "fault", "slowdown", "on", {}), (18, "fault", "slowdown", "off", {}),
        (13, "lever", "retries total=0", "pulled", {}), (17, "lever", "throttle", "pulled", {}),
    )  # fmt: skip
    assert active_sentences(since(events, 12, 14), 2) == [
        "Shaded: the fault slowdown was active at the upstream.",
        "The lever retries total=0 was pulled during this time.",
    ]


def test_a_note_is_a_moment_among_the_spans_and_stays_where_its_second_is_shown() -> None:
    events = _events((10, "fault", "latency", "on", {}), (18, "fault", "latency", "off", {}))
    found = spans(
        events, 30, [RunNote(at_s=12.0, text="the pool was full"), RunNote(at_s=2.0, text="x" * 60)]
    )
    assert found[["start_s", "end_s", "kind"]].to_numpy().tolist() == [
        [2.0, 2.0, "note"], [10, 18, "fault"], [12.0, 12.0, "note"],
    ]  # fmt: skip
    assert found["label"].map(len).max() == 48
    assert spans_within(found, 11.0, 20.0)["kind"].tolist() == ["fault", "note"]
