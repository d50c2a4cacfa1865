"""Whether a service loses or doubles a call, keeps old connections or grows while its policy is changed under load.

    python -m benchmarks.reload_under_load [--changes 100]

A Flask app runs under gunicorn (4 workers, 4 threads each), gets 200 calls a second, and makes a call of its own for
each through `surgeline.session(path, reload=…)`. The policy's file is replaced once every worker has taken the last
change, each time with another retry setting, so that each change takes new adapters. Each call carries a number, by
which the ledger of the upstream is joined. Exits 1 where a call is missing there or is there twice, a call failed, the
upstream has more connections than the workers have threads, or the workers' memory grows by more than 20 KiB a change.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import linear_regression
from time import monotonic, sleep
from typing import Any

import psutil

from harness.lab.upstream_process import UpstreamProcess
from harness.observe.direct_http import open_url
from mock_upstream.profile import Profile

WORKERS, THREADS, RATE_PER_S, PATIENCE_S = 4, 4, 200.0, 30.0
MOST_KIB = 20.0
SERVICE = """
import os
import pathlib

import flask
import surgeline

app = flask.Flask("orders")
session = surgeline.session("policy.toml", reload=0.05, audit="audit.jsonl")
pathlib.Path(f"{os.getpid()}.ready").touch()


@app.get("/orders/<number>")
def order(number):
    response = session.get(os.environ["ORDERS_API"] + "/get", headers={"X-Surgeline-Key": number})
    return {"status": response.status_code}
"""
POLICY = f"""
name = "orders"
[session]
trust_env = false
[adapter]
pool_maxsize = {THREADS}
[retry]
total = """


@dataclass(slots=True)
class Reloaded:
    """What was seen: calls that the callers made, what the upstream served of each, and its connections."""

    changes: int
    answered: Counter[str] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    opened: int = 0
    seconds: float = 0.0
    taken: Counter[int] = field(default_factory=Counter)
    memory_kib: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def lost(self) -> int:
        """Calls that the upstream did not see."""
        return len(self.answered.keys() - self.served.keys())

    @property
    def doubled(self) -> int:
        """Calls that the upstream saw more than once."""
        return sum(times > 1 for times in self.served.values())

    @property
    def growth_kib(self) -> float:
        """KiB a change by which the worker that grows most grows, over the second half of the changes."""
        halves = [kib[len(kib) // 2 :] for kib in self.memory_kib.values()]
        return max(linear_regression(range(len(half)), half).slope for half in halves)

    def missed(self) -> list[str]:
        """A sentence for each figure that is not as wanted."""
        most = WORKERS * THREADS
        wanted = {
            "a call failed": not self.failed,
            "a call was lost": not self.lost,
            "a call was doubled": not self.doubled,
            "a worker did not take every change": sorted(self.taken.values()) == [self.changes] * WORKERS,
            f"more than {2 * most} connections were open": max(self.connections) <= 2 * most,
            f"more than {most} connections are open at the end": 0 < self.connections[-1] <= most,
            f"a worker's memory grows by more than {MOST_KIB:.0f} KiB a change": self.growth_kib <= MOST_KIB,
        }
        return [sentence for sentence, holds in wanted.items() if not holds]

    def lines(self) -> list[str]:
        """The figures."""
        workers = {
            pid: f"{kib[0] / 1024:.1f} – {kib[-1] / 1024:.1f} MiB" for pid, kib in self.memory_kib.items()
        }
        return [
            f"{self.changes} changes in {self.seconds:.0f} s, taken by each worker: {sorted(self.taken.values())}",
            f"{len(self.answered)} calls ({len(self.answered) / self.seconds:.0f}/s): {len(self.failed)} failed, "
            f"{self.lost} lost, {self.doubled} doubled",
            f"connections at the upstream: {self.opened} opened, at most {max(self.connections)} open at a change, "
            f"{self.connections[-1]} at the end",
            f"memory of the workers: {', '.join(workers.values())}; at most {self.growth_kib:+.1f} KiB a change",
        ]


def reloaded(folder: Path, changes: int) -> Reloaded:
    """Changes the policy so often under load. Raises TimeoutError when a worker does not take a change in time."""
    seen, policy = Reloaded(changes), folder / "policy.toml"
    policy.write_text(f"{POLICY}1\n")
    upstream = UpstreamProcess(Profile(name="orders-api"))
    try:
        upstream.wait_ready()
        with _service(folder, upstream.url) as (url, pids), _load(url, seen):
            began_s = monotonic()
            for number in range(2, changes + 2):
                _replace(policy, f"{POLICY}{number}\n")
                _until(lambda: _taken(folder), lambda taken, n=number: len(taken) == WORKERS and min(
                    taken.values()) >= n - 1)  # fmt: skip
                seen.connections.append(int(_state(upstream)["connections"]))
                for pid in pids():
                    seen.memory_kib[pid].append(psutil.Process(pid).memory_info().rss / 1024)
            seen.seconds, seen.taken = monotonic() - began_s, _taken(folder)
        upstream.settle()
        _count_served(upstream, seen)
    finally:
        upstream.stop()
    return seen


@contextmanager
def _service(folder: Path, upstream_url: str) -> Iterator[tuple[str, Callable[[], list[int]]]]:
    """The app under gunicorn: its address, and the process ids of its workers."""
    (folder / "orders.py").write_text(SERVICE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    gunicorn = ("gunicorn", "orders:app", "--bind", f"127.0.0.1:{port}", "--no-control-socket")
    with (folder / "gunicorn.log").open("wb") as log:
        master = subprocess.Popen(
            [sys.executable, "-m", *gunicorn, "--workers", str(WORKERS), "--threads", str(THREADS)],
            cwd=folder, stdout=log, stderr=log, env=_environment(upstream_url),
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _until(lambda: list(folder.glob("*.ready")), lambda ready: len(ready) == WORKERS)
        _until(lambda: _answers(url), bool)
        yield url, lambda: [child.pid for child in psutil.Process(master.pid).children()]
    finally:
        master.terminate()
        master.wait(PATIENCE_S)


@contextmanager
def _load(url: str, seen: Reloaded) -> Iterator[None]:
    """Calls the service at the rate until the block ends, and then until those under way have ended."""
    stop, numbers, began_s = threading.Event(), count(), monotonic()

    def call_on() -> None:
        while not stop.is_set():
            number = next(numbers)
            sleep(max(0.0, began_s + number / RATE_PER_S - monotonic()))
            try:
                if (status := _json(f"{url}/orders/{number}")["status"]) != 200:
                    seen.failed.append(f"{number}: {status}")
            except (OSError, ValueError) as error:
                seen.failed.append(f"{number}: {error}")
            seen.answered[str(number)] += 1

    with ThreadPoolExecutor(WORKERS * THREADS) as threads:
        for _ in range(WORKERS * THREADS):
            threads.submit(call_on)
        try:
            yield
        finally:
            stop.set()


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def _taken(folder: Path) -> Counter[int]:
    """How many changes each process has taken."""
    audit = folder / "audit.jsonl"
    lines = audit.read_text().splitlines() if audit.exists() else []
    return Counter(json.loads(line)["process"] for line in lines)


def _state(upstream: UpstreamProcess) -> Any:
    return _json(upstream.admin + "/state")


def _json(url: str) -> Any:
    """Raises OSError, and ValueError for a response that is not JSON."""
    with open_url(urllib.request.Request(url), PATIENCE_S) as response:  # noqa: S310 - on loopback
        return json.load(response)


def _count_served(upstream: UpstreamProcess, seen: Reloaded) -> None:
    seen.opened = int(_state(upstream)["connections_opened"])
    while (columns := upstream.served(0.0)) is not None:
        seen.served.update(key for key in columns[0] if key.isdigit())


def _environment(upstream_url: str) -> dict[str, str]:
    root = str(Path(__file__).parents[1])
    return {**os.environ, "ORDERS_API": upstream_url, "PYTHONPATH": root}


def _answers(url: str) -> bool:
    try:
        return bool(_json(f"{url}/orders/ready")["status"] == 200)
    except OSError:
        return False


def _until(look: Callable[[], Any], enough: Callable[[Any], bool]) -> None:
    """Looks until it is so. Raises TimeoutError."""
    end_s = monotonic() + PATIENCE_S
    while not enough(found := look()):
        if monotonic() > end_s:
            raise TimeoutError(f"not within {PATIENCE_S:.0f} s; seen: {found}")
        sleep(0.02)


def main() -> int:
    """Prints what was seen; 1 where something is not as wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--changes", type=int, default=100)
    with tempfile.TemporaryDirectory() as folder:
        seen = reloaded(Path(folder), parser.parse_args().changes)
    missed = seen.missed()
    print("\n".join([*seen.lines(), *(f"✗ {sentence}" for sentence in missed or ())]))
    if not missed:
        print("✓ no call lost or doubled, no connection left over, memory flat")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
