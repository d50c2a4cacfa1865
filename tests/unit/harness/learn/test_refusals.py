"""Data from which nothing may be estimated is refused in one line that says what it spoils."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.learn.exchange_store import exchange_store
from harness.learn.refusals import check_source
from harness.learn.sources import read_files
from harness.model.errors import ConfigError
from tests.unit.harness.analyse.learning.queues import Served
from tests.unit.harness.learn.logs import NGINX, journal_lines, requests, text_lines, write

OF = requests(3500)
LINES = text_lines(NGINX, OF)


def refusal(path: Path, *, allow_gaps: bool = False) -> str:
    with exchange_store() as store:
        kind = read_files(store, [path])
        try:
            check_source(store, kind, path.name, allow_gaps=allow_gaps)
        except ConfigError as error:
            return str(error)
    return ""


def moved(begin: int, end: int, by_s: float) -> list[str]:
    """The lines, of which those from `begin` to `end` are moved in time."""
    of = Served(OF.arrived_s.copy(), OF.ended_s.copy(), OF.service_s)
    of.arrived_s[begin:end] += by_s
    of.ended_s[begin:end] += by_s
    return text_lines(NGINX, of)


def test_good_data_is_not_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "log", LINES)) == ""


def test_a_torn_last_line_is_no_reason(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "log", [*LINES, LINES[0][:40]])) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "null"), ("route", "null"), ("share", "-1"), ("sent_s", "1e300"), ("attempt", '"x"')],
)
def test_a_line_with_a_value_of_another_kind_is_skipped(tmp_path: Path, field: str, value: str) -> None:
    lines = journal_lines(OF)
    lines[7] = re.sub(rf'"{field}": [^,}}]+', f'"{field}": {value}', lines[7])
    path = write(tmp_path / "log", lines)
    with exchange_store() as store:
        read_files(store, [path])
        assert store.skipped == 1
    assert refusal(path) == ""


def test_a_log_that_is_sorted_by_something_else_is_out_of_order(tmp_path: Path) -> None:
    found = refusal(write(tmp_path / "log", sorted(LINES, key=lambda line: line.rpartition(" ")[2])))

    assert found.startswith("log:")
    assert "further lines are more than 1 s older than the line before, so the stamps may be wrong" in found


def test_a_clock_that_was_set_back_is_named_with_its_step(tmp_path: Path) -> None:
    lines = LINES[:1500] + text_lines(NGINX, Served(OF.arrived_s - 8, OF.ended_s - 8, OF.service_s))[1500:]
    found = refusal(write(tmp_path / "log", lines))

    assert found.startswith("log:1501: goes back by 8.0 s and stays there: the clock was set")


def test_a_gap_is_named_with_its_length_and_moment(tmp_path: Path) -> None:
    found = refusal(write(tmp_path / "log", moved(2000, 3500, 40.0)))

    assert "log: has no request for 40.0 s from 2027-01-15 08:00:" in found
    assert "which spoils the rates" in found


def test_a_gap_may_be_allowed(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "log", moved(2000, 3500, 40.0)), allow_gaps=True) == ""


def without_fractions(line: str) -> str:
    head, end, took = line.rsplit(" ", 2)
    return f"{head} {end.partition('.')[0]}.000 {took}"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda: [without_fractions(line) for line in LINES],
            "log: stamps whole seconds, which hide when requests",
        ),
        (lambda: LINES[:900], "log: holds 900 requests of "),
        (lambda: journal_lines(requests(1200), share=0.1)[:1100], "log: holds "),
        (
            lambda: journal_lines(OF, share=0.1),
            "log: holds 10% of the calls; workers and service times cannot be",
        ),
        (
            lambda: LINES[:1700] + ["what?"] * 100 + LINES[1700:],
            "log:1701: and 99 further lines do not fit; give",
        ),
    ],
    ids=["whole seconds", "too few", "too short", "a share", "other lines"],
)
def test_each_of_these_is_refused(tmp_path: Path, change: Callable[[], list[str]], problem: str) -> None:
    assert refusal(write(tmp_path / "log", change())).startswith(problem)


def test_a_journal_of_retries_alone_is_refused(tmp_path: Path) -> None:
    lines = journal_lines(OF, attempt=1)
    few = write(tmp_path / "few", [*journal_lines(OF)[:99], *lines])
    assert "holds 0 first attempts (attempt 0); at least 100" in refusal(write(tmp_path / "none", lines))
    assert "holds 99 first attempts" in refusal(few)
    assert refusal(write(tmp_path / "enough", [*journal_lines(OF)[:100], *lines])) == ""


def test_a_plain_log_says_which_directives_to_add(tmp_path: Path) -> None:
    plain = [line.rsplit(" ", 2)[0] for line in LINES]
    with exchange_store() as store, pytest.raises(ConfigError) as refused:
        read_files(store, [write(tmp_path / "log", plain)])
    assert "stamps whole seconds" in str(refused.value)
    assert "add $msec and $request_time (nginx), or %{usec}t and %D (Apache), to its format" in str(
        refused.value
    )


def test_a_journal_needs_no_order(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "log", sorted(journal_lines(OF)))) == ""


def test_requests_that_end_before_they_begin_are_refused(tmp_path: Path) -> None:
    swapped = Served(OF.ended_s, OF.arrived_s, OF.service_s)

    assert "requests that end before they begin" in refusal(write(tmp_path / "log", journal_lines(swapped)))
