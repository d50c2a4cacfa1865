"""A file or a folder appears whole or not at all, whenever its writer stops."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.model.atomic import new_folder, replacing, write_text

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from harness.model.atomic import new_folder, replacing
path = Path(sys.argv[2])
with (new_folder if sys.argv[1] == "folder" else replacing)(path) as draft:
    (draft / "a" if sys.argv[1] == "folder" else draft).write_text("half of the n")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _killed(kind: str, path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, kind, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_written_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    write_text(path, "new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    _killed("file", path)
    assert path.read_text() == "old"


def test_a_killed_writer_leaves_no_folder_and_a_draft_that_is_hidden(tmp_path: Path) -> None:
    _killed("folder", tmp_path / "run")
    (left,) = os.listdir(tmp_path)
    assert left.startswith(".run.")
    assert left.endswith(".draft")


def test_a_writer_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path) as draft:
        (draft.parent / "missing").read_text()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_folder_that_could_not_be_filled_is_taken_away(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no space"), new_folder(tmp_path / "run"):
        raise OSError("no space")
    assert os.listdir(tmp_path) == []


def test_a_secret_file_can_never_be_read_by_others(tmp_path: Path) -> None:
    with replacing(tmp_path / "cookies.txt", mode=0o600) as draft:
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "cookies.txt").stat().st_mode) == 0o600


def test_the_mode_of_the_file_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_leads_to_the_new_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to_and_stays() -> None:
    write_text(Path("/dev/null"), "gone")
    assert Path("/dev/null").is_char_device()


def test_a_pipe_without_a_reader_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device or address"):
        write_text(tmp_path / "pipe", "a")
