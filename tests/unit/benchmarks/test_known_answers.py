"""When a known value is what was measured."""

from __future__ import annotations

import pytest

from benchmarks.known_answers import Answer
from harness.analyse.stats.intervals import Interval


@pytest.mark.parametrize(
    ("known", "met"), [(10.0, True), (11.6, True), (11.8, False), (8.4, True), (8.2, False)]
)
def test_a_known_value_lies_in_the_interval_widened_from_95_to_99_9_percent(known: float, met: bool) -> None:
    assert Answer("rate", known, 10.0, Interval(9.0, 11.0), 100).met is met


def test_an_open_side_excludes_nothing() -> None:
    assert Answer("wait", 1e6, 10.0, Interval(9.0, None), 100).met


def test_a_rounded_value_may_differ_by_its_rounding() -> None:
    assert Answer("seconds", 12.0, 10.0, Interval(9.0, 11.0), 100, rounding=0.5).met


@pytest.mark.parametrize("holds", [True, False, None])
def test_an_answer_in_words_holds_only_where_it_was_seen_to(holds: bool | None) -> None:
    assert Answer("recovery", "never", 15.0, Interval(15.0, None), 1, holds=holds).met is bool(holds)
