"""Starts the real programs that the tests talk to, on free loopback ports, and ends exactly these."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.conftest import needs

Found = TypeVar("Found")


def free_port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def until(look: Callable[[], Found], what: str, at_most_s: float = 20.0) -> Found:
    """The first truthy thing that `look` sees; fails the test when there is none in time."""
    give_up_s = time.monotonic() + at_most_s
    while time.monotonic() < give_up_s:
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail(f"{what}: not within {at_most_s:.0f} s")


def get_json(url: str, **parameters: object) -> Any:
    """The JSON response of a GET; None while there is none."""
    query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
    try:
        with urllib.request.urlopen(url + query, timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        if refusal.code == 503:  # It listens, and is not ready yet.
            return None
        raise AssertionError(f"{url}: {refusal.code} {refusal.read().decode()}") from refusal
    except OSError:
        return None


class Prometheus:
    """A running Prometheus at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str, **parameters: object) -> list[dict[str, Any]]:
        """The vector that an instant query answers; empty while nothing fits."""
        answer = get_json(self.url + "/api/v1/query", query=expression, **parameters)
        return list(answer["data"]["result"]) if answer else []

    def values(self, expression: str, label: str = "", **parameters: object) -> dict[str, float]:
        """The same, as numbers by one label."""
        return {
            r["metric"].get(label, ""): float(r["value"][1]) for r in self.query(expression, **parameters)
        }


@contextmanager
def prometheus(config: Path, folder: Path, *options: str) -> Iterator[Prometheus]:
    """A Prometheus with this configuration, which keeps its data in `folder`."""
    path, port = needs("prometheus", "prometheus"), free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        path, f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", *options,
    ]  # fmt: skip
    with running(command, folder / "prometheus.log"):
        until(lambda: get_json(url + "/api/v1/status/buildinfo"), "Prometheus answers")
        yield Prometheus(url)


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process from here to the end of the block; what it says goes to `log`."""
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
