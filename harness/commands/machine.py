"""What is known of this machine, as `surgeline doctor` measured it."""

from __future__ import annotations

from pathlib import Path

from harness.model.checkup import Checkup
from harness.record.machine import machine

FILE = "doctor.json"


def last(root: Path) -> Checkup | None:
    """The last check-up of this very machine; None when there is none that can be read."""
    try:
        found = Checkup.model_validate_json((root / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return found if found.machine == machine() else None


def ceiling_per_s(root: Path) -> float | None:
    """The calls a second that this machine's driver pushes at most, if that was measured."""
    found = last(root)
    return found.driver_ceiling_per_s or None if found is not None else None
