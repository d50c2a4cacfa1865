"""A file of a record that cannot be written is an error in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.errors import RecordError
from harness.record.record_file import write_record_file


def test_a_missing_folder_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"gone/b\.json: cannot be written: No such file or directory$"):
        write_record_file(tmp_path / "gone" / "b.json", "{}")


def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    write_record_file(tmp_path / "b.json", "{}")
    assert (tmp_path / "b.json").read_text() == "{}"
