"""Ranges by their names, among the results beside the runs."""

from __future__ import annotations

from pathlib import Path

from harness.model.errors import NotFoundError
from harness.model.name_match import NoMatch, match_name
from harness.model.range import OperatingRange
from harness.record.result_store import RANGES


def readable_ranges(root: Path) -> list[OperatingRange]:
    """Every range under `root` that can be read, newest first."""
    return [found for found in RANGES.listed(root) if isinstance(found, OperatingRange)]


def find_range(root: Path, name: str) -> OperatingRange:
    """The range called `name`, or the only one whose name contains it; `latest` is the newest that can be read.

    Raises NotFoundError when none or several match.
    """
    known = {found.id: found for found in readable_ranges(root)}
    try:
        return known[
            match_name(name, list(known), "range", f"the folders with a {RANGES.file} are the ranges")
        ]
    except NoMatch as problem:
        raise NotFoundError(str(root), "", str(problem)) from None
