"""The filter of the page of runs, and its address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.data.run_filter import RunFilter, filter_of, parameters_of, unknown_values
from harness.record.reader import Record, list_runs


@pytest.fixture
def records(root: Path) -> list[Record]:
    return [r for r in list_runs(root) if isinstance(r, Record)]


def _policies(wanted: RunFilter, records: list[Record]) -> list[str]:
    return [record.run.policy.name for record in wanted.chosen(records)]


def test_an_empty_filter_is_met_by_every_run_in_order(records: list[Record]) -> None:
    assert RunFilter().chosen(records) == records


def test_the_text_wants_every_word(records: list[Record]) -> None:
    assert _policies(RunFilter(q="textbook FAIL"), records) == ["textbook"]


def test_one_of_the_verdicts_is_wanted(records: list[Record]) -> None:
    assert set(_policies(RunFilter(verdict=("fail",)), records)) == {"stateless", "textbook"}


def test_every_tag_is_wanted(records: list[Record]) -> None:
    both = [replace(record, tags=("nightly", record.run.policy.name)) for record in records]
    assert _policies(RunFilter(tag=("nightly", "careful")), both) == ["careful"]


def test_a_value_that_no_run_has_is_met_by_none_and_named(records: list[Record]) -> None:
    wanted = RunFilter(tag=("t" * 99,))
    assert wanted.chosen(records) == []
    assert unknown_values(wanted, records) == [f"No run has the tag '{'t' * 40}'."]


def test_an_address_comes_back_as_it_was() -> None:
    address = {"q": ["slow"], "scenario": ["a", "b"], "tag": ["nightly"]}
    assert parameters_of(filter_of(address)) == address


def test_an_empty_filter_has_no_parameter() -> None:
    assert parameters_of(filter_of({"run": ["latest"], "q": [""]})) == {}
