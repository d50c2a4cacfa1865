"""The ranges, maps and searches of the runs folder, read again when one of their files changes."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from harness.model.errors import NotFoundError, RecordError
from harness.record.reader import Broken, folders_of, is_folder_of
from harness.record.result_store import Result, ResultStore


def all_results(store: ResultStore[Result], root: Path) -> tuple[list[Result], list[Broken]]:
    """All results of a kind, newest first, and those that can't be read."""
    files = (folder / store.file for folder in folders_of(root))
    stamps = tuple((str(file), stamp) for file in files if (stamp := _changed_ns(file)))
    found = _listed(store.file, str(root), stamps, store)
    return [each for each in found if isinstance(each, store.kind)], [
        each for each in found if isinstance(each, Broken)
    ]


def result_called(store: ResultStore[Result], root: Path, name: str) -> Result | RecordError:
    """The result called exactly `name`, or why it can't be shown."""
    if not is_folder_of(root, name):
        return NotFoundError(str(root), "", f"no {store.noun} is called {name!r}; choose one in the list")
    try:
        return store.load(root / name)
    except RecordError as problem:
        return problem


def _changed_ns(file: Path) -> int:
    """When it was last written to; 0 where it is gone."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(show_spinner=False, max_entries=12)
def _listed(
    file: str,  # noqa: ARG001 - with the folder and the stamps it says what is cached
    folder: str,
    stamps: tuple[tuple[str, int], ...],  # noqa: ARG001
    _store: ResultStore[Result],
) -> list[Result | Broken]:
    return _store.listed(Path(folder))
