"""The kinds of files that `learn` reads, and the SQL that makes rows of their lines."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from harness.learn.exchange_store import MOST_LINE_BYTES, TEMPLATE, ExchangeStore
from harness.learn.log_format import ADVICE, UNITS_S, LogFormat, known_format, log_format
from harness.learn.spans import IS_OTLP, rows_of_spans
from harness.learn.spans import MOST_LINE_BYTES as MOST_SPANS_BYTES
from harness.model.errors import ConfigError
from harness.model.journal import SCHEMA
from mock_upstream.config.regular_file import UnreadableFileError, open_file
from mock_upstream.config.syntax import SyntaxProblem, parse_json

Kind = Literal["journal", "OpenTelemetry spans", "access log", "JSON log"]
LOOKED_AT, MOST_BYTES = 20, 64_000_000_000

# Opening a connection takes one round trip, with TLS up to two more.
_JOURNAL = """
SELECT line, sent_s, sent_s, answered_s, route, status, error, attempt, share,
    CASE WHEN opened AND connect_s > 0 THEN connect_s / CASE WHEN starts_with(host, 'https:') THEN 3 ELSE 1 END END
FROM (
    SELECT line, TRY_CAST(row->>'$.sent_s' AS DOUBLE) sent_s, TRY_CAST(row->>'$.answered_s' AS DOUBLE) answered_s,
        row->>'$.route' route, TRY_CAST(row->>'$.status' AS SMALLINT) status, row->>'$.error' error,
        TRY_CAST(row->>'$.attempt' AS SMALLINT) attempt, TRY_CAST(row->>'$.share' AS DOUBLE) share,
        TRY_CAST(row->>'$.connect_s' AS DOUBLE) connect_s, TRY_CAST(row->>'$.new_connection' AS BOOLEAN) opened,
        row->>'$.host' host
    FROM (SELECT line, CASE WHEN json_valid(text) THEN text::JSON END AS row FROM lines))
"""
STAMPS = {
    "msec": "end_s",
    "end_s": "end_s",
    "begin_s": "begin_s",
    "time": "end_s",
    "ts": "end_s",
    "timestamp": "end_s",
}
DURATIONS = {
    "request_time": "took_s", "duration_s": "took_s", "duration": "took_s", "duration_ms": "took_ms",
    "latency_ms": "took_ms", "duration_us": "took_us",
}  # fmt: skip
STATUSES, METHODS = ("status", "status_code"), ("method", "request_method")
PATHS = ("path", "uri", "request_uri", "url")


def has_attempts(kind: Kind) -> bool:
    """Whether the source is a client's, which numbers the attempts of a call and writes them in any order."""
    return kind in {"journal", "OpenTelemetry spans"}


def read_files(store: ExchangeStore, files: Sequence[Path], format_text: str = "") -> Kind:
    """Reads files of one kind, the oldest first, and returns the kind. Raises ConfigError."""
    kinds = set[Kind]()
    for path in files:
        first = _first_lines(path)
        if not first[0].lstrip().startswith("{"):
            chosen = log_format(format_text) if format_text else known_format(first, str(path))
            store.add(path, *_of_format(chosen, str(path)))
            kinds.add("access log")
        elif IS_OTLP.match(first[0]):
            store.add(path, rows_of_spans(first[0]), most_line_bytes=MOST_SPANS_BYTES)
            kinds.add("OpenTelemetry spans")
        elif "sent_s" in (row := _first_object(first[0], str(path))):
            _check_schema(row, path)
            store.add(path, _JOURNAL)
            kinds.add("journal")
        else:
            store.add(path, *_of_objects(row, str(path)))
            kinds.add("JSON log")
    if len(kinds) > 1:
        names = ", ".join(str(path) for path in files)
        raise ConfigError(
            names, "", f"are of several kinds ({', '.join(sorted(kinds))}); give files of one kind"
        )
    store.close_input()
    return kinds.pop()


def _first_lines(path: Path) -> list[str]:
    try:
        with open_file(path, MOST_BYTES) as file:
            text = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
            lines = [text.readline(MOST_LINE_BYTES).decode("utf-8", "replace") for _ in range(LOOKED_AT)]
    except (UnreadableFileError, EOFError, zlib.error) as error:
        raise ConfigError(str(path), "", f"{error}") from None
    kept = [line.rstrip("\r\n") for line in lines if line.strip()]
    if not kept:
        raise ConfigError(str(path), "", "holds no requests; give a file with at least 1,000")
    return kept


def _first_object(line: str, place: str) -> dict[str, Any]:
    try:
        row = parse_json(line)
    except SyntaxProblem:
        row = None
    if not isinstance(row, dict):
        raise ConfigError(f"{place}:1", "", "is no JSON object; a line must be one, or an access log's")
    return row


def _check_schema(row: dict[str, Any], path: Path) -> None:
    if row.get("schema") != SCHEMA:
        problem = f"is {row.get('schema')!r}; this version reads {SCHEMA}, so use the version that wrote it"
        raise ConfigError(str(path), "schema", problem)


def _of_format(chosen: LogFormat, place: str) -> tuple[str, list[object]]:
    """The rows of an access log; its stamp marks the begin or the end of a request."""
    if not chosen.stamp:
        raise ConfigError(place, "", f"stamps whole seconds, which hide when requests overlap; {ADVICE}")
    if not chosen.took:
        raise ConfigError(place, "", f"has no duration of a request below a second; {ADVICE}")
    names = chosen.groups
    request = "found.request" if "request" in names else "''"
    method = "found.method" if "method" in names else f"split_part({request}, ' ', 1)"
    path = "found.path" if "path" in names else f"split_part({request}, ' ', 2)"
    status = "found.status" if "status" in names else "NULL"
    numbers = (f"TRY_CAST(found.{chosen.stamp} AS DOUBLE)", f"TRY_CAST(found.{chosen.took} AS DOUBLE)")
    lines = "SELECT line, regexp_extract(text, ?, ?) AS found FROM lines"
    return _rows(lines, chosen.stamp, chosen.took, numbers, method, path, status), [
        chosen.pattern,
        list(names),
    ]


def _of_objects(row: dict[str, Any], place: str) -> tuple[str, list[object]]:
    """The rows of a log of JSON objects, by the names of the first one's keys."""
    stamp = _key(row, STAMPS, "a time", place)
    took = _key(row, DURATIONS, "a duration", place)
    parts = [next((name for name in names if name in row), "") for names in (METHODS, PATHS, STATUSES)]
    method, path, status = (f"object->>'$.\"{name}\"'" if name else "''" for name in parts)
    if not isinstance(row[stamp], int | float):
        number = f"epoch(TRY_CAST(object->>'$.\"{stamp}\"' AS TIMESTAMPTZ))"
    else:
        number = f"TRY_CAST(object->>'$.\"{stamp}\"' AS DOUBLE)"
    numbers = (number, f"TRY_CAST(object->>'$.\"{took}\"' AS DOUBLE)")
    lines = "SELECT line, CASE WHEN json_valid(text) THEN text::JSON END AS object FROM lines"
    return _rows(lines, STAMPS[stamp], DURATIONS[took], numbers, method, path, status), []


def _key(row: dict[str, Any], known: dict[str, str], what: str, place: str) -> str:
    found = next((name for name in known if name in row), None)
    if found is None:
        raise ConfigError(
            f"{place}:1", "", f"has {what} under none of the keys {', '.join(known)}; name one so"
        )
    return found


def _rows(
    lines: str, stamp: str, took: str, numbers: tuple[str, str], method: str, path: str, status: str
) -> str:
    """SQL with the columns of an exchange; a line whose numbers are none has no times."""
    stamp_unit, took_unit = (UNITS_S[name.rpartition("_")[2]] for name in (stamp, took))
    times = "stamp_s - took_s, stamp_s" if stamp.startswith("end") else "stamp_s, stamp_s + took_s"
    route = f"trim({method} || ' ' || {TEMPLATE.format(path=path)})"
    return (
        f"SELECT line, stamp_s, {times}, route, status, '' AS error, 0 AS attempt, 1.0 AS share, NULL FROM"
        f" (SELECT line,"
        f" {numbers[0]} * {stamp_unit} AS stamp_s, {numbers[1]} * {took_unit} AS took_s, {route} AS route,"
        f" coalesce(TRY_CAST({status} AS SMALLINT), 0) AS status FROM ({lines}))"
    )
