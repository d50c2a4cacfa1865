"""What a run says about the machine it was made on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

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
    """The packages that shape a run."""
    return {name: version(name) for name in _PACKAGES}
