"""Spans of HTTP clients and servers in OTLP JSON become rows of attempts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.learn.exchange_store import exchange_store
from harness.learn.sources import read_files
from tests.unit.harness.learn.logs import write

CLIENT, SERVER = 3, 2


def span(kind: int = CLIENT, begin_s: float = 1.0, took_s: float = 0.5, **attributes: Any) -> dict[str, Any]:
    """One span with the attributes' names written with `__` for dots."""
    given = {"http__request__method": "GET", "http__response__status_code": 200, **attributes}
    return {
        "traceId": "00", "spanId": "01", "name": "GET", "kind": kind,
        "startTimeUnixNano": str(int(begin_s * 1e9)), "endTimeUnixNano": str(int((begin_s + took_s) * 1e9)),
        "attributes": [
            {"key": key.replace("__", "."), "value": {"intValue": str(v)} if isinstance(v, int) else {"stringValue": v}}
            for key, v in given.items() if v is not None
        ],
    }  # fmt: skip


def rows(folder: Path, *exports: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    lines = [json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}) for spans in exports]
    with exchange_store() as store:
        assert read_files(store, [write(folder / "spans.jsonl", lines)]) == "OpenTelemetry spans"
        return store.rows(
            "SELECT arrived_s, ended_s, route, status, error, attempt FROM exchanges ORDER BY number"
        )


def test_a_client_s_span_is_an_attempt(tmp_path: Path) -> None:
    found = rows(tmp_path, [span(url__full="http://a:1/orders/17?token=x", http__request__resend_count=2)])

    assert found == [(1.0, 1.5, "GET /orders/{id}", 200, "", 2)]


@pytest.mark.parametrize(
    ("attributes", "route"),
    [
        ({"http__route": "/orders/:id", "url__path": "/orders/17"}, "GET /orders/:id"),
        ({"url__template": "/o/{n}", "url__full": "http://a/o/1"}, "GET /o/{n}"),
        ({"url__path": "/orders/17"}, "GET /orders/{id}"),
        ({"server__address": "api.example.com"}, "GET api.example.com"),
    ],
)
def test_the_route_is_the_best_name_there_is(tmp_path: Path, attributes: dict[str, str], route: str) -> None:
    assert rows(tmp_path, [span(**attributes)])[0][2] == route


@pytest.mark.parametrize(
    ("error", "kept"),
    [("timeout", "read_timeout"), ("requests.exceptions.ReadTimeout", "read_timeout"), ("reset", "failed")],
)
def test_an_error_without_a_response_is_kept(tmp_path: Path, error: str, kept: str) -> None:
    [found] = rows(tmp_path, [span(http__response__status_code=None, error__type=error, url__path="/a")])

    assert found[3:5] == (0, kept)


def test_spans_of_servers_count_where_there_are_no_clients(tmp_path: Path) -> None:
    assert len(rows(tmp_path, [span(SERVER, url__path="/a"), span(1, url__path="/a")])) == 1


def test_spans_of_servers_do_not_count_beside_clients(tmp_path: Path) -> None:
    assert len(rows(tmp_path, [span(SERVER, url__path="/a"), span(CLIENT, url__path="/a")])) == 1


def test_spans_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    database = span(CLIENT, db__system="postgresql", http__request__method=None)

    assert len(rows(tmp_path, [database, span(url__path="/a")], [span(url__path="/b")])) == 2


def test_a_long_export_is_one_line(tmp_path: Path) -> None:
    assert len(rows(tmp_path, [span(begin_s=float(n), url__path="/a") for n in range(2000)])) == 2000
