"""Lists what Prometheus may scrape, a file a run, for its file service discovery."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Group = Mapping[str, object]
SILENT_AT_MOST_S = 60.0
"""A run writes each second; it is silent for some seconds while it waits for a last scrape."""


@contextmanager
def listed(root: Path, run: str, groups: Sequence[Group]) -> Iterator[None]:
    """Lists a run's processes while it lives. `groups` are Prometheus' own: {"targets": [...], "labels": {...}}.

    Takes away what runs have left behind whose lab was killed: somebody else may have their ports by now.
    """
    folder = root / "targets"
    folder.mkdir(exist_ok=True)
    for orphan in orphans(root, time.time()):
        orphan.unlink(missing_ok=True)
    listing = folder / f"{run}.json"
    draft = listing.with_suffix(".draft")
    draft.write_text(json.dumps(groups))
    draft.rename(listing)
    try:
        yield
    finally:
        listing.unlink(missing_ok=True)


def orphans(root: Path, now_s: float) -> list[Path]:
    """Listings whose run is over, gone or silent at this moment, in Unix time."""
    return [
        listing for listing in (root / "targets").glob("*.json") if not _lives(root / listing.stem, now_s)
    ]


def _lives(folder: Path, now_s: float) -> bool:
    if not folder.is_dir() or (folder / "end.json").exists():
        return False
    return now_s - max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < SILENT_AT_MOST_S
