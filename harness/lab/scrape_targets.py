"""Lists the addresses that Prometheus scrapes, one file for each run, for its file service discovery."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.model.atomic import write_text

Group = Mapping[str, object]
REFRESH_S = 10.0
SILENT_AT_MOST_S = 60.0
"""A live run updates its listing every ten seconds; the limit allows for a suspended laptop."""


@contextmanager
def listed_targets(root: Path, name: str, groups: Sequence[Group]) -> Iterator[None]:
    """Lists processes while they live, in `root`'s folder `targets`, under a unique name.

    `groups` are Prometheus' own: {"targets": [...], "labels": {...}}. Removes the listings of killed
    processes, because other processes may use their ports now.
    """
    folder = root / "targets"
    folder.mkdir(parents=True, exist_ok=True)
    for orphan in orphans(root, time.time()):
        orphan.unlink(missing_ok=True)
    listing = folder / f"{name}.json"
    write_text(listing, json.dumps(groups))
    over = threading.Event()
    threading.Thread(target=_keep_fresh, args=(listing, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        listing.unlink(missing_ok=True)


def orphans(root: Path, now_s: float) -> list[Path]:
    """Listings that have not been updated for a minute before `now_s`, in Unix time."""
    listings = (root / "targets").glob("*.json")
    return [path for path in listings if _silent_s(path, now_s) > SILENT_AT_MOST_S]


def _silent_s(listing: Path, now_s: float) -> float:
    try:
        return abs(now_s - listing.stat().st_mtime)  # In the future where the clock has been set back.
    except FileNotFoundError:  # Its run has just ended.
        return 0.0


def _keep_fresh(listing: Path, over: threading.Event) -> None:
    while not over.wait(REFRESH_S):
        try:
            os.utime(listing)
        except OSError:
            return
