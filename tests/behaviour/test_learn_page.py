"""The page Learn: a chosen file's estimates, what cannot be known, and the command that writes the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.behaviour.visits import opened, rendered_text
from tests.unit.harness.learn.hars import entry, write_har
from tests.unit.harness.learn.logs import journal_lines, requests, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_loopback: None) -> Path:
    """A working folder without files of its own, and a runs folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()
    return tmp_path


def test_a_journal_is_estimated_with_what_is_unknown_and_the_command(folder: Path) -> None:
    path = write(folder / "runs" / "a.jsonl", journal_lines(requests(3000)))
    app = opened("learn", file=str(path))
    text = rendered_text(app)

    assert {"workers", "load of the workers"} <= set(app.table[0].value["Quantity"])
    assert "Cannot be known from this" in {each.value for each in app.subheader}
    assert "**traffic of other clients**" in text
    assert f"surgeline learn {path} --out learned" in text
    assert len(app.get("vega_lite_chart")) == 2


def test_a_har_shows_the_visit(folder: Path) -> None:
    path = write_har(
        folder / "v.har", entry(0, "GET", "http://a/orders/1"), entry(1, "GET", "http://a/orders")
    )
    app = opened("learn", file=str(path.relative_to(folder)))

    assert "2 requests to a" in rendered_text(app)
    assert f"surgeline learn {path} --out learned" in rendered_text(app)


def test_data_that_is_refused_says_why(folder: Path) -> None:
    write(folder / "a.jsonl", journal_lines(requests(100)))
    app = opened("learn", file="a.jsonl")

    assert "holds 100 requests" in app.error[0].value.replace("\\", "")


def test_a_file_outside_of_both_folders_is_not_read(folder: Path) -> None:
    write(folder / "a.jsonl", journal_lines(requests(100)))
    app = opened("learn", file="/etc/hosts")

    assert "lies neither in the runs folder nor in the working folder" in app.error[0].value
    assert not app.get("vega_lite_chart")


@pytest.mark.usefixtures("read_only")
def test_a_read_only_dashboard_shows_no_files(folder: Path) -> None:
    write(folder / "a.jsonl", journal_lines(requests(100)))
    app = opened("learn", file="a.jsonl")

    assert "read-only" in app.info[0].value
    assert not app.selectbox
