"""Rows live in a file of their own, in order of arrival, with few routes."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest

from harness.learn import exchange_store as module
from harness.learn.exchange_store import TEMPLATE, exchange_store
from harness.model.errors import ConfigError
from harness.observe.label_bounds import route_template

SELECT = (
    "SELECT line, 0.0, split_part(text, ' ', 1)::DOUBLE, split_part(text, ' ', 1)::DOUBLE,"
    " split_part(text, ' ', 2), 200, '', 0, 1.0, NULL FROM lines"
)


@pytest.mark.parametrize(
    "path",
    [
        "/orders/17",
        "/v1/orders",
        "/v123/a",
        "/a/b%20c/d",
        "/" + "x" * 25,
        "/",
        "/a?id=1",
        "/users/4f1c/basket",
    ],
)
def test_paths_have_the_same_templates_as_in_the_metrics(path: str) -> None:
    select = f"SELECT {TEMPLATE.format(path='p')} FROM (SELECT ? AS p)"  # noqa: S608
    with exchange_store() as store:
        assert store.value(select, [path]) == route_template(path)


def test_rows_are_in_order_of_arrival(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("3 /a\n1 /b\n2 /c\n")
    with exchange_store() as store:
        store.add(tmp_path / "a", SELECT)
        store.close_input()
        assert store.rows("SELECT number, arrived_s, route FROM exchanges") == [
            (0, 1, "/b"),
            (1, 2, "/c"),
            (2, 3, "/a"),
        ]


def test_rare_routes_are_counted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROUTES", 2)
    (tmp_path / "a").write_text("1 /a\n2 /a\n3 /b\n4 /b\n5 /c\n6 /d\n")
    with exchange_store() as store:
        store.add(tmp_path / "a", SELECT)
        store.close_input()
        routes = store.rows("SELECT route, count(*) FROM exchanges GROUP BY route ORDER BY route")
    assert routes == [("(other)", 2), ("/a", 2), ("/b", 2)]


def test_lines_of_later_files_come_after_those_of_earlier_ones(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("1 /a\n2 /a\n")
    with exchange_store() as store:
        for name in ("a", "b"):
            store.add(tmp_path / name, SELECT)
        assert store.rows("SELECT line, place FROM raw ORDER BY line") == [
            (1, "a:1"), (2, "a:2"), (3, "b:1"), (4, "b:2"),
        ]  # fmt: skip


def test_a_line_that_is_too_long_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1 /a\n2 /" + "x" * 70_000 + "\n")
    with exchange_store() as store, pytest.raises(ConfigError, match="has a line of more than 65,536 bytes"):
        store.add(tmp_path / "a", SELECT)


def test_text_in_latin_1_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1 /a\n2 /caf\xe9\n3 /a\n")
    with exchange_store() as store:
        store.add(tmp_path / "a", SELECT)
        store.close_input()
        assert store.value("SELECT count(*) FROM exchanges") == 3


def test_bytes_of_no_encoding_are_an_error_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1 /a\n2 /\x81\xff\n")
    with exchange_store() as store, pytest.raises(ConfigError, match="neither UTF-8 nor Latin-1; convert it"):
        store.add(tmp_path / "a", SELECT)


def test_the_folder_is_removed_even_after_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with contextlib.suppress(RuntimeError), exchange_store():
        assert list(tmp_path.iterdir()) != []
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
