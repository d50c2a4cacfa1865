"""How the server is started."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from dashboard.launch import answers_to, command, environment, own_names, serve


def test_the_server_listens_on_loopback_and_tells_nobody() -> None:
    line = command(8501, Path("runs"))
    assert "--server.address=127.0.0.1" in line
    assert "--browser.gatherUsageStats=false" in line
    assert "--client.showErrorLinks=false" in line
    assert "--server.port=8501" in line


def test_the_server_is_told_where_the_runs_are(tmp_path: Path) -> None:
    assert environment(tmp_path)["SURGELINE_RUNS"] == str(tmp_path)
    assert f"SURGELINE_RUNS={tmp_path}" in command(1, tmp_path)


def test_a_server_that_may_only_look_is_told_so(tmp_path: Path) -> None:
    assert environment(tmp_path, read_only=True)["SURGELINE_READ_ONLY"] == "1"
    assert "SURGELINE_READ_ONLY" not in environment(tmp_path)


ARRAYS = """
import numpy, psutil
resident = lambda: psutil.Process().memory_info().rss
before = resident()
for size in (4_000_000, 1_000_000):  # The first ones teach glibc that arrays of this size come and go.
    large, small = [], []
    for _ in range(40):
        large.append(numpy.ones(size, numpy.uint8))
        small.append(numpy.ones(2_000, numpy.uint8))
    del large
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_the_memory_of_arrays_goes_back_to_the_machine(tmp_path: Path) -> None:
    """Small arrays that stay lay between the large ones that had gone, and kept their memory."""

    def left(given: dict[str, str]) -> int:
        done = subprocess.run(
            [sys.executable, "-c", ARRAYS], env=os.environ | given, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert left(environment(tmp_path)) < left({}) / 4


def _hosts(line: list[str]) -> set[str]:
    return {word.partition("=")[2] for word in line if word.startswith("--server.allowedHosts=")}


def test_the_server_answers_to_loopback_names_only() -> None:
    assert _hosts(command(1, Path("runs"))) == {"127.0.0.1", "::1", "localhost"}


def test_a_server_on_another_address_answers_to_it_and_to_the_allowed_names() -> None:
    line = command(1, Path("runs"), address="10.0.0.1", allowed=["load.example"])
    assert _hosts(line) == {"127.0.0.1", "::1", "localhost", "10.0.0.1", "load.example"}


def test_a_server_on_every_address_answers_to_the_name_of_the_machine() -> None:
    assert socket.gethostname().lower() in own_names("0.0.0.0")  # noqa: S104


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost", "LOCALHOST.:80", "[::1]:8501"])
def test_a_host_header_with_an_own_name_is_answered(host: str) -> None:
    assert answers_to(host, own_names("127.0.0.1"))


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test:8501", "", "[::1", "127.0.0.2"])
def test_a_host_header_with_another_name_is_refused(host: str) -> None:
    assert not answers_to(host, own_names("127.0.0.1"))


def test_the_code_of_a_server_that_ends_is_returned() -> None:
    assert serve([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_an_exception_while_the_server_runs_ends_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = subprocess.Popen.wait

    def interrupted(server: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if timeout is None and server.returncode is None:
            monkeypatch.undo()
            raise SystemExit(143)
        return wait(server, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(SystemExit):
        serve([sys.executable, "-c", "import time; time.sleep(600)"])
    assert not [each for each in psutil.Process().children() if "time.sleep(600)" in " ".join(each.cmdline())]
