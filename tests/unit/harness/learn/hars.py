"""Parts of a HAR as Chromium's developer tools write it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EPOCH_S = 1_800_000_000.0


def entry(at_s: float, method: str, url: str, took_ms: float = 30.0, status: int = 200, **more: Any) -> Any:
    """A request that begins `at_s` after a fixed moment, and waits for 10 ms less than it takes."""
    begin = (
        datetime.fromtimestamp(EPOCH_S + at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    return {
        "startedDateTime": begin, "time": took_ms, "_resourceType": "fetch", "connection": "443",
        "request": {"method": method, "url": url, "headers": [{"name": "Cookie", "value": "secret=1"}]},
        "response": {"status": status, "headers": [], "content": {"size": 2}},
        "timings": {"blocked": 1.0, "dns": -1, "connect": -1, "ssl": -1, "send": 0.1, "wait": took_ms - 10.0},
        **more,
    }  # fmt: skip


def write_har(path: Path, *entries: Any) -> Path:
    """A file with these requests; returns its path."""
    path.write_text(json.dumps({"log": {"version": "1.2", "pages": [], "entries": entries}}))
    return path
