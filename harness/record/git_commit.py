"""The commit that is checked out where a run is started, read from Git's files; no command is run."""

from __future__ import annotations

import re
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
MOST_BYTES = 1_000_000


def git_commit(folder: Path) -> str:
    """The hash of the commit checked out in the nearest repository at or above `folder`; "" where there is none.

    Changes that were not committed do not show in it.
    """
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            return _checked_out(place / ".git")
    return ""


def _checked_out(git: Path) -> str:
    pointer = (
        _text(git) if git.is_file() else ""
    )  # a work tree or a submodule has a file that names the folder
    home = git.parent / pointer.removeprefix("gitdir:").strip() if pointer else git
    shared = home / _text(home / "commondir") if (home / "commondir").exists() else home
    head = _text(home / "HEAD")
    name = head.removeprefix("ref:").strip()
    if name == head:
        return head if _HASH.fullmatch(head) else ""
    loose = _text(shared / name)
    packed = (line.split(" ") for line in _text(shared / "packed-refs").splitlines())
    found = loose or next((words[0] for words in packed if words[1:] == [name]), "")
    return found if _HASH.fullmatch(found) else ""


def _text(file: Path) -> str:
    """A small text file; "" for one that is not there or cannot be read."""
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return ""
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except (OSError, ValueError):
        return ""
