"""The journal keeps times, routes and outcomes of attempts, within its bounds, and never fails a call."""

from __future__ import annotations

import json
import logging
import os
import time
from itertools import cycle
from pathlib import Path
from threading import Thread
from typing import Any, get_type_hints

import pytest

from harness.model.errors import ConfigError
from harness.model.journal import JournalRow
from harness.observe.journal import Journal, template_of
from tests.unit.harness.observe.calls import made_call

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "journal.md"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_each_attempt_is_a_row(path: Path) -> None:
    Journal(path, "orders").call(made_call(statuses=(503, 200)))

    assert [(row["attempt"], row["status"], row["service"]) for row in rows(path)] == [
        (0, 503, "orders"),
        (1, 200, "orders"),
    ]


def test_a_row_says_when_the_request_was_on_the_wire_in_unix_time(path: Path) -> None:
    call = made_call(pool_wait_s=0.001)
    call.attempts[0].connect_s = 0.005
    Journal(path, "orders").call(call)

    row = rows(path)[0]
    unix_s = time.time() - time.monotonic()
    assert row["sent_s"] == pytest.approx(unix_s + 1.006, abs=0.01)
    assert row["answered_s"] - row["sent_s"] == pytest.approx(0.015, abs=1e-5)


def test_a_row_has_the_documented_fields_and_no_others(path: Path) -> None:
    Journal(path, "orders").call(made_call())

    documented = [line.split("`")[1] for line in REFERENCE.read_text().splitlines() if line.startswith("| `")]
    assert list(rows(path)[0]) == list(get_type_hints(JournalRow)) == documented


@pytest.mark.parametrize(
    ("route", "kept"),
    [
        ("GET /orders/17?token=s3cret", "GET /orders/{id}"),
        ("/users/4f1c2a/basket", "/users/{id}/basket"),
        ("GET api.example.com", "GET api.example.com"),
        ("POST /v1/orders", "POST /v1/orders"),
    ],
)
def test_a_route_has_neither_ids_nor_a_query(route: str, kept: str) -> None:
    assert template_of(route) == kept


def test_a_share_of_the_calls_is_kept_with_all_their_attempts(path: Path) -> None:
    draws = cycle([0.1, 0.6, 0.9])
    journal = Journal(path, "orders", share=0.5, draw=lambda: next(draws))
    for _ in range(9):
        journal.call(made_call(statuses=(503, 200)))

    assert [row["share"] for row in rows(path)] == [0.5] * 6


def test_the_older_half_stays_beside_it_and_both_keep_to_the_bound(path: Path) -> None:
    journal = Journal(path, "orders", most_bytes=10_000)
    for _ in range(205):
        journal.call(made_call())

    assert sorted(file.name for file in path.parent.iterdir()) == ["journal.jsonl", "journal.jsonl.1"]
    sizes = [file.stat().st_size for file in path.parent.iterdir()]
    assert sum(sizes) <= 10_000 + 400
    assert all(rows(file) for file in path.parent.iterdir())


def test_a_file_that_another_process_has_just_turned_is_made_anew(path: Path) -> None:
    journal = Journal(path, "orders", most_bytes=40_000)
    journal.call(made_call())
    path.rename(path.with_name("journal.jsonl.1"))
    journal._most_bytes = 0
    journal.call(made_call())
    journal._most_bytes = 40_000
    journal.call(made_call())
    assert len(rows(path)) == 1


def test_threads_that_turn_the_file_at_once_lose_no_row_of_the_two_halves(path: Path) -> None:
    journal = Journal(path, "orders", most_bytes=40_000)

    def write(first: int) -> None:
        for number in range(first, first + 30):
            call = made_call()
            call.arrival = number
            journal.call(call)

    threads = [Thread(target=write, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [row["call"] for file in path.parent.iterdir() for row in rows(file)]
    assert sorted(kept) == [1000 * n + k for n in range(4) for k in range(30)]


def test_a_forked_process_writes_to_the_same_journal(path: Path) -> None:
    journal = Journal(path, "orders")
    child = os.fork()
    if child == 0:
        journal.call(made_call())
        os._exit(0)
    os.waitpid(child, 0)
    journal.call(made_call())

    assert [row["process"] for row in rows(path)] == [child, os.getpid()]


def test_nobody_else_may_read_it(path: Path) -> None:
    Journal(path, "orders")

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_journal_that_cannot_be_written_ends_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(Path("/dev/full"), "orders")
    with caplog.at_level(logging.WARNING, "surgeline"):
        journal.call(made_call())
        journal.call(made_call())

    assert caplog.messages == [
        "The journal /dev/full cannot be written and has ended: No space left on device"
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"share": 0.0}, "export: journal_share is 0; it must be above 0 and at most 1"),
        ({"most_bytes": 5}, "export: journal_bytes is 5; it must be at least 10,000"),
    ],
)
def test_an_option_out_of_its_range_is_refused(path: Path, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Journal(path, "orders", **options)


def test_a_folder_that_does_not_exist_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written: No such file or directory; choose another"):
        Journal(tmp_path / "no" / "journal.jsonl", "orders")
