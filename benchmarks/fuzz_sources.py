"""Whole examples of what other programs write: logs, journals, spans, HARs, cookies, counts of a rollout."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.fuzz_kind import Kind
from harness.learn.exchange_store import exchange_store
from harness.learn.har import learned_visit
from harness.learn.log_format import APACHE, NGINX, log_format
from harness.learn.refusals import check_source
from harness.learn.sources import read_files
from harness.learn.visit_files import visit_texts
from harness.session.build.cookie_file import FiledCookies
from harness.session.rollout.seconds import parsed

_COMBINED = '10.0.0.1 - - [15/Jan/2027:08:00:0{n} +0000] "GET /orders/{n}?q=1 HTTP/1.1" 200 5 "-" "curl" '
NGINX_LOG = "".join(f"{_COMBINED.format(n=n)}180000000{n}.125 0.02{n}\n" for n in range(9)).encode()
APACHE_LOG = "".join(f"{_COMBINED.format(n=n)}180000000{n}125000 2{n}000\n" for n in range(9)).encode()
JSON_LOG = b"".join(
    json.dumps({"time": 1.8e9 + n, "duration_ms": 20, "path": "/a", "status": 200}).encode() + b"\n"
    for n in range(9)
)
DATED_LOG = b'{"ts": "2027-01-15T08:00:00.125Z", "duration_s": 0.02, "method": "GET", "url": "/a/7"}\n' * 5
JOURNAL = b"".join(
    json.dumps(
        {
            "schema": 1, "service": "orders", "share": 1.0, "process": 1, "attempt": 0, "route": "GET /orders/{id}",
            "host": "http://a", "connect_s": 0.001, "new_connection": True, "status": 200, "error": "", "call": n,
            "sent_s": 1.8e9 + n, "answered_s": 1.8e9 + n + 0.02,
        }
    ).encode() + b"\n"
    for n in range(9)
)  # fmt: skip
_SPAN = {
    "traceId": "00", "spanId": "01", "name": "GET", "kind": 3,
    "startTimeUnixNano": "1800000000000000000", "endTimeUnixNano": "1800000000020000000",
    "attributes": [
        {"key": "http.request.method", "value": {"stringValue": "GET"}},
        {"key": "http.response.status_code", "value": {"intValue": "200"}},
        {"key": "url.full", "value": {"stringValue": "http://a:1/orders/17?token=x"}},
    ],
}  # fmt: skip
SPANS = (json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [_SPAN] * 3}]}]}) + "\n").encode() * 3
_ENTRY = {
    "startedDateTime": "2027-01-15T08:00:00.125Z", "time": 30.5, "_resourceType": "fetch", "connection": "443",
    "request": {"method": "GET", "url": "https://shop.example/orders/7?q=1", "headers": []},
    "response": {"status": 200, "headers": [], "content": {"size": 2}},
    "timings": {"blocked": 1.0, "dns": -1, "connect": -1, "ssl": -1, "send": 0.1, "wait": 20.5},
}  # fmt: skip
_LATER = _ENTRY | {"startedDateTime": "2027-01-15T08:00:01Z", "_fromCache": "memory"}
HAR = json.dumps({"log": {"version": "1.2", "entries": [_ENTRY, _ENTRY, _LATER]}}).encode()
COOKIES = b"""# Netscape HTTP Cookie File
127.0.0.1\tFALSE\t/\tFALSE\t1900000000\tsession\tabc
.a.example\tTRUE\t/\tTRUE\t\tb\t
"""
SECONDS = b'{"at":1800000000,"step":1,"canary":[5,0,0,0],"baseline":[50,1,0,0]}\n'
FORMATS = (
    NGINX.encode(),
    APACHE.encode(),
    b"$msec $request_time $status $request_method $uri",
    b"%{usec}t %D %>s %m %U",
)


def of_other_programs() -> Iterator[Kind]:
    """Each with what reads it."""
    yield Kind("log", "server.log", (NGINX_LOG, APACHE_LOG, JSON_LOG, DATED_LOG), _source, 2)
    yield Kind("log, compressed", "server.log.gz", (gzip.compress(NGINX_LOG),), _source, 1)
    yield Kind("log format", "format.txt", FORMATS, _format, 2)
    yield Kind("journal", "journal.jsonl", (JOURNAL,), _source, 2)
    yield Kind("spans", "spans.jsonl", (SPANS,), _source, 2)
    yield Kind("HAR", "visit.har", (HAR,), _visit, 3)
    yield Kind("cookies", "cookies.txt", (COOKIES,), lambda path: FiledCookies(path, "policy"), 1)
    yield Kind("rollout's counts", "seconds.jsonl", (SECONDS,), lambda path: parsed(path.read_bytes()), 2)


def _source(path: Path) -> None:
    with exchange_store() as store:
        check_source(store, read_files(store, [path]), str(path), allow_gaps=True)


def _format(path: Path) -> None:
    chosen = log_format(path.read_bytes().decode("utf-8", "replace"))
    log = path.with_name("plain.log")
    log.write_bytes(NGINX_LOG)
    with exchange_store() as store:
        read_files(store, [log], path.read_bytes().decode("utf-8", "replace"))
    assert len(chosen.groups) == len(set(chosen.groups))


def _visit(path: Path) -> None:
    """What is written of it can be read again, whatever its routes are."""
    for name, text in visit_texts(learned_visit(path)).items():
        if name.endswith(".toml"):
            tomllib.loads(text)
