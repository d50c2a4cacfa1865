"""The machine of a run, and its limits as measured by `surgeline doctor`."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from harness.model.errors import RecordError
from harness.model.machine_check import MachineCheck
from harness.record.record_file import read_record_file

MACHINE_CHECK_FILE = "doctor.json"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PACKAGES = ("surgeline", "requests", "urllib3", "locust", "gevent")


def boot_id() -> str:
    """Names this machine's running kernel, and with it the zero of its monotonic clock; "" where there is none."""
    return _BOOT.read_text().strip() if _BOOT.exists() else ""


def machine() -> dict[str, str | int | float]:
    """Cores, Python and system."""
    return {
        "cpus": os.cpu_count() or 0,
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def versions() -> dict[str, str]:
    """The versions of the packages that affect a run."""
    return {name: version(name) for name in _PACKAGES}


def machine_check(root: Path, of: Mapping[str, str | int | float] | None = None) -> MachineCheck | None:
    """The last check of a machine, by default this one, kept in its runs folder; None without one that can be read."""
    try:
        found = read_record_file(MachineCheck, root / MACHINE_CHECK_FILE, 0, "machine")
    except RecordError:
        return None
    return found if found.machine == (machine() if of is None else of) else None


def ceiling_per_s(root: Path) -> float | None:
    """The arrivals a second that one process of the driver can generate on this machine, if that was measured."""
    found = machine_check(root)
    return found.driver_ceiling_per_s or None if found is not None else None
