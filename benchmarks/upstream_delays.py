"""How exact the upstream's delays and its capacity are.

    python -m benchmarks.upstream_delays

Needs wrk. Exits 1 where a wanted figure is missed.

1. 20 ms asked for, at 32 and at 500 connections: the error as wrk on the other core measures it.
2. Four workers of 20 ms, saturated: 200 a second.
3. Erlang-C pathwise: eight workers, exponential 20 ms, Poisson arrivals at 320/s; the ledger's arrivals and
   service times replayed through the queue recursion, against the waits the ledger says.
"""

import asyncio
import heapq
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import upstream_peers as peers
from benchmarks.upstream_peers import CLIENT_CORE, SERVER_CORE
from benchmarks.wanted import exit_code
from harness.model.quantile import quantile

_GET = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
_FIXED = 'name = "fixed"\n[capacity]\nworkers = {workers}\n[service_time]\ndistribution = "fixed"\nvalue_s = 0.02\n'
_ANY = 'name = "any"\n[service_time]\ndistribution = "fixed"\nvalue_s = 0.02\n'
_EXPONENTIAL = (
    'name = "mm8"\n[capacity]\nworkers = 8\n[service_time]\ndistribution = "exponential"\nmean_s = 0.02\n'
)


@contextmanager
def _upstream(profile: str) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.toml"
        path.write_text(profile)
        command = [
            "taskset",
            "-c",
            str(SERVER_CORE),
            sys.executable,
            "-m",
            "mock_upstream",
            str(path),
            "--json",
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(timeout=10)


class Client(asyncio.Protocol):
    """One connection that asks again as soon as it is answered, until its time is over."""

    def __init__(self, until_s: float, heard: list[float], pace_s: float = 0.0) -> None:
        self.until_s, self.heard, self.pace_s = until_s, heard, pace_s
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        now = time.monotonic()
        self.heard.append(now - self.asked_s)
        if now >= self.until_s:
            self.transport.close()
            self.done.set_result(None)
        else:
            self._ask()

    def _ask(self) -> None:
        self.asked_s = time.monotonic()
        self.transport.write(_GET)


async def _load(url: str, connections: int, duration_s: float) -> list[float]:
    host, port = url.removeprefix("http://").split(":")
    heard: list[float] = []
    clients: list[Client] = []
    until_s = time.monotonic() + duration_s
    for _ in range(connections):
        _, client = await asyncio.get_running_loop().create_connection(
            lambda: Client(until_s, heard), host, int(port)
        )
        clients.append(client)
        await asyncio.sleep(0.02 / connections)
    await asyncio.gather(*(client.done for client in clients))
    return heard


async def _arrivals(url: str, rate: float, n: int, seed: int) -> None:
    """Send n requests at Poisson times, each on a connection that nobody else uses at the moment."""
    host, port = url.removeprefix("http://").split(":")
    rng, free = random.Random(seed), []  # noqa: S311
    due_s, tasks = time.monotonic(), []

    async def ask() -> None:
        reader, writer = free.pop() if free else await asyncio.open_connection(host, int(port))
        writer.write(_GET)
        await reader.readuntil(b"hello\n")
        free.append((reader, writer))

    for _ in range(n):
        due_s += rng.expovariate(rate)
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        tasks.append(asyncio.create_task(ask()))
    await asyncio.gather(*tasks)


def _ledger(admin: str) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    after = -1
    following = 0
    while following != after:
        after = following
        with urllib.request.urlopen(f"{admin}/ledger?after={after}&limit=5000") as answer:  # noqa: S310
            page = json.load(answer)
        following = page["next"]
        for name, values in page["columns"].items():
            columns.setdefault(name, []).extend(values)
    return columns


def _delays() -> dict[str, bool]:
    found = {}
    for connections, wanted_ms in ((32, 1.0), (500, 2.5)):
        with _upstream(_ANY) as ready:
            p50_ms, p99_ms, n = peers.wrk_latency_ms(ready["url"] + "/hello", connections, 10)
            own = _ledger(ready["admin"])
        pairs = zip(own["actual_delay_s"], own["intended_delay_s"], strict=True)
        server_ms = [(actual - intended) * 1000 for actual, intended in pairs]
        print(
            f"20 ms at {connections:3} connections: error p50 {p50_ms - 20:.2f} ms, p99 {p99_ms - 20:.2f} ms at the"
            f" client (n={n}; wanted {wanted_ms}); p99 {quantile(server_ms, 0.99):.2f} ms by the ledger"
        )
        found[f"p99 error at {connections} connections at most {wanted_ms} ms"] = p99_ms - 20 <= wanted_ms
    return found


def _saturated() -> dict[str, bool]:
    found = {}
    for workers, wanted in ((4, 200.0), (8, 400.0)):
        with _upstream(_FIXED.format(workers=workers)) as ready:
            asyncio.run(_load(ready["url"], workers * 8, 5.0))
            own = _ledger(ready["admin"])
        ended = sorted(own["ended_s"])
        first_s = ended[
            workers - 1
        ]  # they end in volleys: count from the end of the first to that of the last
        inside = [at_s for at_s in ended[workers:] if at_s <= first_s + 4.01]
        rate = len(inside) / (inside[-1] - first_s)
        print(
            f"{workers} × 20 ms saturated: {rate:.2f}/s ({(rate / wanted - 1) * 100:+.2f}%, n={len(inside)})"
        )
        found[f"{wanted:.0f}/s within 0.25%"] = abs(rate / wanted - 1) <= 0.0025
    return found


def _pathwise() -> dict[str, bool]:
    with _upstream(_EXPONENTIAL) as ready:
        asyncio.run(_arrivals(ready["url"], 320.0, 3200, 7))
        own = _ledger(ready["admin"])
    jobs = sorted(zip(own["arrived_s"], own["service_s"], own["queue_wait_s"], strict=True))
    free = [0.0] * 8
    errors_ms = []
    for arrived_s, service_s, wait_s in jobs:
        start_s = max(arrived_s, heapq.heappop(free))
        heapq.heappush(free, start_s + service_s)
        errors_ms.append(abs(start_s - arrived_s - wait_s) * 1000)
    waits_ms = [wait_s * 1000 for _, _, wait_s in jobs]
    print(
        f"Erlang-C pathwise: |wait - recursion| p99 {quantile(errors_ms, 0.99):.4f} ms, max"
        f" {max(errors_ms):.4f} ms (n={len(jobs)}); mean wait {sum(waits_ms) / len(waits_ms):.2f} ms,"
        " theory 5.72 ms (relative sd 37% at n=3,300)"
    )
    return {"waits within 1 ms of the recursion at p99": quantile(errors_ms, 0.99) <= 1.0}


if __name__ == "__main__":
    peers.need("wrk", "taskset")
    os.sched_setaffinity(0, {CLIENT_CORE})
    sys.exit(exit_code(_delays() | _saturated() | _pathwise()))
