"""How the dashboard's server is started; the command line only calls this."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from dashboard.theme.palette import DARK, LIGHT
from harness.model.allowed_targets import LOOPBACK_NAMES

ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on
STOP_S = 5.0
RUNS, READ_ONLY, PROMETHEUS = "SURGELINE_RUNS", "SURGELINE_READ_ONLY", "SURGELINE_PROMETHEUS_URL"

MEMORY: Mapping[str, str] = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144"}
"""For glibc: the memory of an array goes back to the machine when the array does.

By itself glibc takes ever larger arrays, up to 32 MB, from heaps, of which each thread has its own, and gives back only
the end of a heap. Streamlit makes a thread for each look at a page, so that the heaps held hundreds of free megabytes.
"""

OPTIONS: Mapping[str, str] = {
    "server.enableCORS": "true",
    "server.enableXsrfProtection": "true",
    "server.enableAgentApi": "false",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",  # they would send the text of an error to a search engine
    "theme.paddingTop": "1.5rem",
    "theme.headingFontSizes": '["1.75rem","1.3rem","1.15rem","1rem","1rem","1rem"]',
    "theme.light.primaryColor": LIGHT.series_1,
    "theme.light.backgroundColor": LIGHT.ground,
    "theme.light.secondaryBackgroundColor": "#f3f5f8",
    "theme.light.textColor": LIGHT.ink,
    "theme.dark.primaryColor": "#1f77b4",  # white text on it must be readable
    "theme.dark.linkColor": DARK.series_1,
    "theme.dark.backgroundColor": DARK.ground,
    "theme.dark.secondaryBackgroundColor": "#1a212b",
    "theme.dark.textColor": DARK.ink,
}


def environment(runs: Path, *, read_only: bool = False) -> dict[str, str]:
    """The variables of the server: where the runs are, whether it may start any, and how it gives memory back."""
    return {RUNS: str(runs.resolve()), **MEMORY} | ({READ_ONLY: "1"} if read_only else {})


def own_names(address: str, allowed: Iterable[str] = ()) -> tuple[str, ...]:
    """The hosts to which a server on this address answers: loopback, the address, and the names in `allowed`.

    A server that listens on every address of the machine answers to each of them and to the machine's name. Every
    other name is refused: a page of another site could let its own name point to this machine (DNS rebinding).
    """
    names = [*LOOPBACK_NAMES, *([address] if address not in ANY_ADDRESS else _machine_names()), *allowed]
    return tuple(dict.fromkeys(name.lower().rstrip(".") for name in names))


def answers_to(host: str, names: Iterable[str]) -> bool:
    """Whether a request's Host header, with or without a port, is one of these names."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name.rstrip(".") in names


def _machine_names() -> list[str]:
    """The machine's name and the addresses of its network interfaces."""
    families = (socket.AF_INET, socket.AF_INET6)
    interfaces = psutil.net_if_addrs().values()
    addresses = [one.address for card in interfaces for one in card if one.family in families]
    return [socket.gethostname(), *(address.partition("%")[0] for address in addresses)]


def command(
    port: int, runs: Path, *, read_only: bool = False, address: str = "127.0.0.1", allowed: Iterable[str] = ()
) -> list[str]:
    """The command line of a server that answers to its own names only, and sends nothing to anybody.

    It carries its environment, so that the line can be pasted as it is.
    """
    variables = [f"{name}={value}" for name, value in environment(runs, read_only=read_only).items()]
    settings = {**OPTIONS, "server.address": address, "server.port": str(port)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    hosts = [f"--server.allowedHosts={name}" for name in own_names(address, allowed)]
    app = str(Path(__file__).with_name("server.py"))
    return ["env", *variables, sys.executable, "-m", "streamlit", "run", app, *options, *hosts]


def serve(line: Sequence[str]) -> int:
    """Runs the server until it ends, and returns its exit code; an exception here, as by a signal, ends it in order."""
    with subprocess.Popen(line) as server:  # noqa: S603 - our own program, no shell
        try:
            return server.wait()
        finally:
            if server.poll() is None:
                server.terminate()
                _wait_or_kill(server)


def _wait_or_kill(server: subprocess.Popen[bytes]) -> None:
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
