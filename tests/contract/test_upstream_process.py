"""`python -m mock_upstream` as others start it: what it prints, how it ends, what it says when it can't."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

_COMMAND = ["env", "--default-signal=HUP", sys.executable, "-m", "mock_upstream"]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "slow.toml"
    path.write_text('name = "slow"\n[service_time]\ndistribution = "fixed"\nvalue_s = 0.3\n')
    return path


@contextmanager
def _started(*arguments: str, first_line: str = "") -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(
        [*_COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdin is not None
            process.stdin.write(first_line)
            process.stdin.flush()
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def _complaint(*arguments: str) -> tuple[int, list[str]]:
    command = [*_COMMAND, *arguments]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stderr.splitlines()


def test_the_ready_line_has_the_addresses_and_both_answer(profile: Path) -> None:
    with _started(str(profile), "--json") as (process, ready):
        assert ready["pid"] == process.pid
        assert requests.get(ready["url"] + "/get", timeout=5).status_code == 200
        assert requests.get(ready["admin"] + "/health", timeout=5).json()["name"] == "slow"


def test_the_start_message_has_an_example_request(profile: Path) -> None:
    process = subprocess.Popen([*_COMMAND, str(profile)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.terminate()

    assert any(line.startswith("Example request: curl http://127.0.0.1:") for line in lines)


def test_it_leaves_with_its_parent(profile: Path) -> None:
    with _started(str(profile), "--json", "--exit-with-parent") as (process, _):
        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGINT, marks=pytest.mark.acceptance),
        pytest.param(signal.SIGHUP, marks=pytest.mark.acceptance),
    ],
)
def test_a_signal_lets_the_request_that_is_here_end(profile: Path, number: signal.Signals) -> None:
    with _started(str(profile), "--json") as (process, ready):
        host, port = ready["url"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as client:
            client.sendall(b"GET /get HTTP/1.1\r\nHost: x\r\n\r\n")
            while requests.get(ready["admin"] + "/state", timeout=5).json()["in_flight"] == 0:
                pass
            process.send_signal(number)
            response = b"".join(iter(lambda: client.recv(65536), b""))

        assert response.startswith(b"HTTP/1.1 200 OK")
        assert b"Connection: close" in response
        assert process.wait(timeout=10) == 128 + number


def test_a_profile_on_standard_input_is_one_line_of_json() -> None:
    with _started("-", "--json", first_line='{"name": "piped"}\n') as (_, ready):
        assert requests.get(ready["admin"] + "/health", timeout=5).json()["name"] == "piped"


def test_standard_input_without_json_is_one_line_and_exit_code_2() -> None:
    code, lines = _complaint("-")

    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith("standard input: is not valid JSON")


def test_a_bad_profile_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('name = "x"\n[capacity]\nworkers = 0\n')

    assert _complaint(str(path)) == (2, [f"{path}: capacity.workers is 0; it must be at least 1"])


def test_a_port_in_use_is_one_line_and_exit_code_2(profile: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, lines = _complaint(str(profile), "--port", str(taken.getsockname()[1]))

    assert code == 2
    assert len(lines) == 1
    assert "in use" in lines[0]


@pytest.mark.parametrize("port", ["99999", pytest.param("-1", marks=pytest.mark.acceptance), "http"])
def test_a_port_that_is_none_is_one_line_and_exit_code_2(profile: Path, port: str) -> None:
    code, lines = _complaint(str(profile), f"--port={port}")

    assert code == 2
    assert len(lines) == 1
    assert "must be 0 to 65535" in lines[0]
