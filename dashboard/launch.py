"""How the dashboard's server is started; the command line only calls this."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from dashboard.theme.palette import DARK, LIGHT

RUNS, READ_ONLY, PROMETHEUS = "SURGELINE_RUNS", "SURGELINE_READ_ONLY", "SURGELINE_PROMETHEUS_URL"

OPTIONS: Mapping[str, str] = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.paddingTop": "1.5rem",
    "theme.headingFontSizes": '["1.75rem","1.3rem","1.15rem","1rem","1rem","1rem"]',
    "theme.light.primaryColor": LIGHT.series_1,
    "theme.light.backgroundColor": LIGHT.ground,
    "theme.light.secondaryBackgroundColor": "#f3f5f8",
    "theme.light.textColor": LIGHT.ink,
    "theme.dark.primaryColor": DARK.series_1,
    "theme.dark.backgroundColor": DARK.ground,
    "theme.dark.secondaryBackgroundColor": "#1a212b",
    "theme.dark.textColor": DARK.ink,
}


def environment(runs: Path, *, read_only: bool = False) -> dict[str, str]:
    """The variables that the pages read: where the runs are, and whether they may start any."""
    return {RUNS: str(runs.resolve())} | ({READ_ONLY: "1"} if read_only else {})


def command(port: int, runs: Path, *, read_only: bool = False) -> list[str]:
    """The command line of a server on loopback that sends nothing to anybody.

    It carries its environment, so that the line can be pasted as it is.
    """
    variables = [f"{name}={value}" for name, value in environment(runs, read_only=read_only).items()]
    options = [f"--{name}={value}" for name, value in {**OPTIONS, "server.port": str(port)}.items()]
    app = str(Path(__file__).with_name("app.py"))
    return ["env", *variables, sys.executable, "-m", "streamlit", "run", app, *options]
