"""Settings from the environment for every run: the folder of runs, and the address of the drivers' metrics."""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness.model.errors import ConfigError

JOB = "SURGELINE_JOB"


def runs_folder() -> Path:
    """Where runs are kept: SURGELINE_RUNS, or ./runs. Raises ConfigError for what cannot be a folder."""
    folder = Path(os.environ.get("SURGELINE_RUNS") or "runs")
    try:
        if folder.is_dir() or not os.path.lexists(folder):
            return folder
        problem = "is no folder"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    raise ConfigError("SURGELINE_RUNS", "", f"is {str(folder)!r}, which {problem}; name a folder")


def job() -> str:
    """The dashboard's background job that this command is, by its name; "" for a command from a terminal."""
    return os.environ.get(JOB, "")


def metrics_address() -> tuple[str, int]:
    """Where drivers listen for scrapes: SURGELINE_METRICS_HOST and _PORT. Raises ConfigError."""
    wish = os.environ.get("SURGELINE_METRICS_PORT", "0")
    if not re.fullmatch("[0-9]{1,5}", wish) or int(wish) > 65535:
        raise ConfigError("SURGELINE_METRICS_PORT", "", f"is {wish!r}; it must be a port, 0 to 65535")
    return os.environ.get("SURGELINE_METRICS_HOST", "127.0.0.1"), int(wish)
