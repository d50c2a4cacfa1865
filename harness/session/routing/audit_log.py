"""The audit log: one line of JSON for each change of what a running service sends by, in one fixed form."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

LOG = logging.getLogger("surgeline")


def write_audit(path: Path | None, **fields: object) -> None:
    """Adds a line with the time and the process. A log that cannot be written is a line of error, and stops nothing."""
    if path is None:
        return
    line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "process": os.getpid(), **fields}
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    try:
        with path.open("a", encoding="utf-8") as log:
            log.write(text)
    except OSError as error:
        LOG.error("The audit log %s cannot be written: %s", path, error.strerror)
