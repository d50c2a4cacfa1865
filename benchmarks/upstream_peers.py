"""Servers to measure against, each started on one core, and wrk on the other."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, CLIENT_CORE = 0, 1

_AIOHTTP = """
from aiohttp import web
import sys

async def hello(request):
    return web.Response(text="hello")

app = web.Application()
app.router.add_get("/", hello)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
"""
_NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "hello\\n"; }} }} }}
"""
_PROFILE = """
name = "benchmark"
[[fault]]
kind = "status"
status = 503
ratio = 0.001
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and the processes whose CPU time is its cost."""

    port: int
    pids: tuple[int, ...]

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far (10 ms steps)."""
        return sum(_cpu_s(pid) for pid in self.pids)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def started(command: list[str], port: int) -> Iterator[Server]:
    """Run a command on the server's core until the block ends; enter when the port answers."""
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    process = subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(port)
        time.sleep(0.5)  # workers that a master forks after it listens
        yield Server(port, (process.pid, *_children(process.pid)))
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def ours(profile: str = _PROFILE) -> Iterator[Server]:
    """Our upstream, with the fault engine on and the ledger recording."""
    with tempfile.TemporaryDirectory() as folder:
        path, port = Path(folder) / "profile.toml", free_port()
        path.write_text(profile)
        with started([sys.executable, "-m", "mock_upstream", str(path), "--port", str(port)], port) as server:
            yield server


@contextmanager
def aiohttp_hello() -> Iterator[Server]:
    """The smallest aiohttp application."""
    port = free_port()
    with started([sys.executable, "-c", _AIOHTTP, str(port)], port) as server:
        yield server


@contextmanager
def nginx() -> Iterator[Server]:
    """nginx that returns a string."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        conf = Path(folder) / "nginx.conf"
        conf.write_text(_NGINX.format(folder=folder, port=port))
        with started(["nginx", "-p", folder, "-c", str(conf)], port) as server:
            yield server


@contextmanager
def httpbin() -> Iterator[Server]:
    """httpbin under gunicorn with one gevent worker, from a virtual environment made for the occasion."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", f"{folder}/venv"], check=True)
        packages = ["httpbin", "gunicorn<24", "gevent", "packaging", "setuptools<81"]
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", *packages], check=True, capture_output=True
        )
        port = free_port()
        command = [str(python), "-m", "gunicorn", "-k", "gevent", "-w", "1", "-b", f"127.0.0.1:{port}"]
        with started([*command, "httpbin:app"], port) as server:
            yield server


def wrk(url: str, connections: int, duration_s: int) -> float:
    """Return requests per second, as wrk's one thread sees them."""
    command = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{duration_s}", url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise RuntimeError(output)
    return float(found[1])


def wrk_latency_ms(url: str, connections: int, duration_s: int) -> tuple[float, float, int]:
    """Return (p50, p99, n) of the latency in milliseconds, as wrk's one thread sees it."""
    command = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", "--latency"]
    command += [f"-c{connections}", f"-d{duration_s}", url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"(50|99)%\s+([\d.]+[a-z]+)", output))
    total = re.search(r"(\d+) requests in", output)
    if len(found) < 2 or total is None:
        raise RuntimeError(output)
    return _ms(found["50"]), _ms(found["99"]), int(total[1])


def _ms(text: str) -> float:
    for unit, scale in (("us", 0.001), ("ms", 1.0), ("s", 1000.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * scale
    raise ValueError(text)


def need(*programs: str) -> None:
    """Leave with a line about what is missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; install: apt-get install {' '.join(missing)}")


def _await(port: int) -> None:
    deadline_s = time.monotonic() + 20
    while time.monotonic() < deadline_s:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"no process listens on port {port}")


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
