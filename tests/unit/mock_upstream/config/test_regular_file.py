"""Only regular files of a bounded size are read; nothing that could be read for ever."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_upstream.config.regular_file import UnreadableFileError, read_file


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda _: None, "does not exist"),
        (Path.mkdir, "is a folder; name a regular file"),
        (os.mkfifo, "is a pipe; name a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device; name a regular file"),
        (_socket, "cannot be read"),
        (_loop, "cannot be read (Too many levels of symbolic links); check its path and permissions"),
        (lambda path: path.write_bytes(b"x" * 11), "is larger than 1e-05 MB; make it smaller"),
    ],
    ids=["missing", "folder", "pipe", "device", "socket", "loop", "large"],
)
def test_what_is_no_small_regular_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], problem: str
) -> None:
    make(tmp_path / "a")
    with pytest.raises(UnreadableFileError) as refused:
        read_file(tmp_path / "a", 10)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a\0b", "its path contains a null character"),
        ("a" * 300, "File name too long"),
        ("file/b", "does not exist"),
    ],
)
def test_a_path_that_the_system_refuses_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnreadableFileError, match=problem):
        read_file(tmp_path / name)


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    assert read_file(tmp_path / "a", 10) == b"x" * 10
