"""The searches for policies in the runs folder, read again when one of their files changes."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from harness.model.errors import NotFoundError, RecordError
from harness.model.tuning import Tuning
from harness.record.reader import Broken, folders_of, is_folder_of
from harness.record.tuning_store import FILE, list_tunings, load_tuning


def all_tunings(root: Path) -> tuple[list[Tuning], list[Broken]]:
    """All searches, newest first, and those that can't be read."""
    files = (folder / FILE for folder in folders_of(root))
    stamps = tuple((str(file), file.stat().st_mtime_ns) for file in files if file.is_file())
    found = _listed(str(root), stamps)
    return [t for t in found if isinstance(t, Tuning)], [b for b in found if isinstance(b, Broken)]


def tuning_called(root: Path, name: str) -> Tuning | RecordError:
    """The search called exactly `name`, or why it can't be shown."""
    if not is_folder_of(root, name):
        return NotFoundError(str(root), "", f"no search is called {name!r}; choose one in the list")
    try:
        return load_tuning(root / name)
    except RecordError as problem:
        return problem


@st.cache_data(show_spinner=False, max_entries=4)
def _listed(folder: str, stamps: tuple[tuple[str, int], ...]) -> list[Tuning | Broken]:  # noqa: ARG001
    return list_tunings(Path(folder))
