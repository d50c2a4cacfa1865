"""Every kind of file gives the same rows: when a request arrived and ended, its route, status and error."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from harness.learn.exchange_store import exchange_store
from harness.learn.sources import Kind, read_files
from harness.model.errors import ConfigError
from tests.unit.harness.analyse.learning.queues import Served
from tests.unit.harness.learn.logs import APACHE, NGINX, journal_lines, requests, text_lines, write

OF = requests(200)


def read(path: Path, format_text: str = "") -> tuple[Kind, list[tuple[float, float, str, int, str, int]]]:
    with exchange_store() as store:
        kind = read_files(store, [path], format_text)
        rows = store.rows(
            "SELECT arrived_s, ended_s, route, status, error, attempt FROM exchanges ORDER BY number"
        )
    return kind, rows


def object_lines(of: Served, **keys: str) -> list[str]:
    names = {"end": "msec", "took": "request_time", **keys}
    return [
        json.dumps(
            {names["end"]: of.ended_s[n], names["took"]: of.ended_s[n] - of.arrived_s[n], "status": 200,
             "method": "GET", "uri": f"/orders/{n}?q=1"}
        )
        for n in np.argsort(of.ended_s)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "lines", "off_s"),
    [
        ("access log", text_lines(NGINX, OF), 0.0011),
        ("access log", text_lines(APACHE, OF), 1e-5),
        ("journal", journal_lines(OF), 1e-6),
        ("JSON log", object_lines(OF), 1e-6),
    ],
    ids=["nginx", "apache", "journal", "json"],
)
def test_arrivals_and_ends_are_those_of_the_requests(
    tmp_path: Path, kind: str, lines: list[str], off_s: float
) -> None:
    found, rows = read(write(tmp_path / "log", lines))

    assert found == kind
    assert [row[0] for row in rows] == pytest.approx(sorted(OF.arrived_s), abs=off_s)
    assert sorted(row[1] for row in rows) == pytest.approx(sorted(OF.ended_s), abs=off_s)
    assert {row[2] for row in rows} == {"GET /orders/{id}"}


def test_statuses_of_an_access_log_are_kept(tmp_path: Path) -> None:
    _, rows = read(write(tmp_path / "log", text_lines(NGINX, OF)))

    assert sum(row[3] == 500 for row in rows) == 4


def test_attempts_and_errors_of_a_journal_are_kept(tmp_path: Path) -> None:
    lines = journal_lines(OF, attempt=1, status=0, error="read_timeout")
    _, rows = read(write(tmp_path / "log", lines))

    assert {row[3:] for row in rows} == {(0, "read_timeout", 1)}


def test_json_with_stamps_as_text_is_read(tmp_path: Path) -> None:
    line = json.dumps(
        {"timestamp": "2027-01-15T08:00:00.250Z", "duration_ms": 50, "status": 200, "path": "/a"}
    )
    _, rows = read(write(tmp_path / "log", [line] * 3))

    assert rows[0][:2] == pytest.approx((1_800_000_000.2, 1_800_000_000.25), abs=1e-6)


def test_the_servers_own_format_is_read(tmp_path: Path) -> None:
    _, rows = read(
        write(tmp_path / "log", ["0.050|1800000000.25|POST /a"] * 3), "$request_time|$msec|$request"
    )

    assert rows[0][:3] == (pytest.approx(1_800_000_000.2), 1_800_000_000.25, "POST /a")


def test_rotated_files_are_one_source(tmp_path: Path) -> None:
    lines = text_lines(NGINX, OF)
    files = [write(tmp_path / "log.1", lines[:100]), write(tmp_path / "log", lines[100:])]
    with exchange_store() as store:
        read_files(store, files)
        assert store.value("SELECT count(*) FROM exchanges") == 200


def test_a_compressed_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress("\n".join(text_lines(NGINX, OF)).encode()))
    assert len(read(path)[1]) == 200


def test_files_of_two_kinds_are_refused(tmp_path: Path) -> None:
    files = [write(tmp_path / "a", journal_lines(OF)), write(tmp_path / "b", text_lines(NGINX, OF))]
    with (
        exchange_store() as store,
        pytest.raises(ConfigError, match=r"are of several kinds \(access log, journal\); give files"),
    ):
        read_files(store, files)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "log: holds no requests; give a file with at least 1,000"),
        (['{"a": 1}'], "log:1: has a time under none of the keys msec, end_s, begin_s, time, ts, timestamp"),
        (['{"msec": 1.5}'], "log:1: has a duration under none of the keys request_time, duration_s"),
        (["{nonsense"], "log:1: is no JSON object; a line must be one, or an access log's"),
        (
            ['{"schema": 2, "sent_s": 1.0}'],
            "log: schema is 2; this version reads 1, so use the version that wrote it",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, lines: list[str], problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(write(tmp_path / "log", lines))
    assert problem in str(refused.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name a regular file"):
        read(tmp_path)


def test_a_name_that_is_a_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="in its path; rename it"):
        read(write(tmp_path / "log[1]", journal_lines(OF)))


def test_a_first_line_that_is_nested_too_deep_is_no_object(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"log.json:1: is no JSON object"):
        read(write(tmp_path / "log.json", ['{"a":' * 100_000]))
