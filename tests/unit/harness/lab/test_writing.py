"""A record that cannot be written is one line with the remedy of its cause."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from harness.lab.writing import writing
from harness.model.errors import MachineError


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "No space left on device; free disk space"),
        (errno.EROFS, "Read-only file system; allow this user to write there, or set SURGELINE_RUNS"),
        (errno.EACCES, "Permission denied; allow this user to write there, or set SURGELINE_RUNS"),
        (errno.ENOTDIR, "Not a directory; set SURGELINE_RUNS to another folder"),
    ],
)
def test_a_record_that_cannot_be_written_names_the_remedy_of_its_cause(
    tmp_path: Path, code: int, remedy: str
) -> None:
    with pytest.raises(MachineError) as refused, writing(tmp_path, "run"):
        raise OSError(code, os.strerror(code))
    assert remedy in str(refused.value)
    assert "surgeline show" not in str(refused.value)


def test_what_was_recorded_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").touch()
    with (
        pytest.raises(MachineError, match="`surgeline show run` opens what was recorded"),
        writing(tmp_path, "run"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_error_of_another_kind_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Bad file"), writing(tmp_path, "run"):
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
