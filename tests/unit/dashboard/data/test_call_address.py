"""The address of the page of calls says what is shown, and is read back without a loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.data import upstream_frames
from dashboard.data.call_address import cell_filter, filter_sentence, open_call, parameters_of, query_of
from harness.model.call_query import FAILED, CallFilter, CallOrder, CallQuery, Moment
from harness.record.call_store import CallStore
from harness.record.reader import open_run

EVERYTHING = CallQuery(
    CallFilter(
        outcomes=(FAILED, "ok"),
        statuses=(0, 503),
        routes=("/a b", "/c&d"),
        fault="slowdown",
        attempts=2,
        slower_s=0.1,
        faster_s=12.5,
        from_s=0.0,
        until_s=30.25,
        moment=Moment.UNDER_WAY,
    ),
    CallOrder.ATTEMPTS,
    page=7,
)


@pytest.mark.parametrize("query", [CallQuery(), EVERYTHING], ids=["usual", "everything"])
def test_a_query_comes_back_from_its_address(query: CallQuery) -> None:
    assert query_of(parameters_of(query)) == (query, [])


def test_what_is_as_usual_is_not_in_the_address() -> None:
    assert parameters_of(CallQuery()) == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("status", "-1"),
        ("status", "٣"),
        ("attempts", "0"),
        ("attempts", "9" * 5000),
        ("slower", "nan"),
        ("slower", "soon"),
        ("from", "-1"),
        ("until", "inf"),
        ("moment", "never"),
        ("order", "random"),
        ("page", "0"),
    ],
)
def test_a_value_that_is_none_is_left_out_and_named(key: str, text: str) -> None:
    query, problems = query_of({key: [text]})
    assert query == CallQuery()
    assert len(problems) == 1
    assert f"{key}={text[:40]!r}" in problems[0]


def test_the_open_call_is_named_by_its_arrival_and_step() -> None:
    assert open_call({"call": ["12.3"]}) == ((12, 3), [])


@pytest.mark.parametrize("text", ["12", "12.", "a.b", "-1.0", "1.0.0", "1.99999", "9" * 30 + ".0"])
def test_what_names_no_call_opens_none_and_says_so(text: str) -> None:
    called, problems = open_call({"call": [text]})
    assert called is None
    assert "names no call" in problems[0]


def test_a_filter_is_said_in_words() -> None:
    assert filter_sentence(EVERYTHING.filter) == (
        "outcome any failure or ok; status none or 503; route /a b or /c&d; hit by slowdown; at least 2 attempts; "
        "latency at least 0.1 s; latency below 12.5 s; under way at or after 0 s; under way before 30.25 s"
    )


def test_a_cell_of_the_heat_map_lists_as_many_calls_as_it_counts(made: dict[str, Path]) -> None:
    record = open_run(made["textbook"])
    cells = upstream_frames.cells(record.calls(), 31.0)
    store = CallStore(record.folder)
    for cell in cells.sample(8, random_state=7).itertuples():
        wanted = cell_filter(cell.at_s, cell.end_s, cell.low_s, cell.high_s)
        found, problems = query_of(parameters_of(CallQuery(wanted)))
        assert (store.page(found).total, problems) == (cell.calls, [])
