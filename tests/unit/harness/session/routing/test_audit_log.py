"""The audit log."""

import json
import logging
from pathlib import Path

import pytest

from harness.session.routing.audit_log import write_audit


def test_each_change_is_one_line_with_sorted_keys(tmp_path: Path) -> None:
    path = tmp_path / "changes.jsonl"
    write_audit(path, policy="b", after="2")
    write_audit(path, policy="c", after="3")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["policy"] for line in lines] == ["b", "c"]
    assert all(list(line) == ["after", "at", "policy", "process"] for line in lines)


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    write_audit(None, policy="b")
    assert not list(tmp_path.iterdir())


def test_a_log_that_cannot_be_written_is_one_line_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "surgeline"):
        write_audit(tmp_path, policy="b")
    assert caplog.messages == [f"The audit log {tmp_path} cannot be written: Is a directory"]
