"""What a call costs with each transport, and what the hop to the event loop's thread adds.

    python -m benchmarks.transports                  the hop, and CPU time per call
    python -m benchmarks.transports --compared RUNS  the runs of a comparison: what is equal, and what differs

The process is patched by gevent, as a driver is. CPU time is that of the whole process, with the loop's thread. Rounds
of the transports alternate; figures are medians with their 95% interval (order statistics).
"""

import locust  # noqa: F401, I001 - It patches sockets before requests is imported.

import argparse
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import gevent
import pandas as pd

from harness.drive.client_pool import ClientPool
from harness.drive.native_thread import HandOver
from harness.inputs.scenarios import read_scenario
from harness.lab.upstream_process import UpstreamProcess
from harness.model.driver_messages import Prepare
from harness.model.policy import Policy
from harness.record.reader import Record, open_run
from harness.session.client.client import Client
from harness.session.client.loop_thread import LoopThread
from mock_upstream.profile import Profile

TRANSPORTS = ("requests", "httpx", "httpx-async", "aiohttp")
ROUNDS, CALLS, TOGETHER = 20, 200, 50


async def _nothing() -> None:
    """Work that is done at once."""


def hop() -> None:
    """Prints what it costs a greenlet to have the loop's thread do nothing, alone and among others."""
    thread = LoopThread(HandOver().system())
    for callers in (1, TOGETHER):
        times_s, cpu_s = [], []
        for _ in range(ROUNDS):
            began_s, began_cpu_s = monotonic(), process_time()
            times = CALLS // callers
            each = [gevent.spawn(_repeat, lambda: thread.run(_nothing()), times) for _ in range(callers)]
            gevent.joinall(each)
            cpu_s.append((process_time() - began_cpu_s) / CALLS)
            times_s.append((monotonic() - began_s) / times)
        print(
            f"hop, {callers:>2} callers: {_said(cpu_s)} of CPU time; one after the other takes {_said(times_s)}"
        )
    thread.close(_nothing())


def calls() -> None:
    """Prints the CPU time of a call, alone and among others."""
    upstream = UpstreamProcess(Profile(name="instant"))
    try:
        upstream.wait_ready()
        pools = {name: _pool(name, upstream.url) for name in TRANSPORTS}
        for callers in (1, TOGETHER):
            clients = {name: [pool.make() for _ in range(callers)] for name, pool in pools.items()}
            cpu_s: dict[str, list[float]] = {name: [] for name in TRANSPORTS}
            for round_ in range(ROUNDS + 1):
                for name in TRANSPORTS:
                    took_s = _cpu_of_round(clients[name])
                    if round_:  # The first round opens the connections.
                        cpu_s[name].append(took_s / CALLS)
            for name, found_s in cpu_s.items():
                ratio = statistics.median(found_s) / statistics.median(cpu_s["requests"])
                print(f"call, {callers:>2} callers, {name:<12} {_said(found_s)} of CPU time, ×{ratio:.2f}")
    finally:
        upstream.stop()


def _cpu_of_round(clients: list[Client]) -> float:
    began_s = process_time()
    times = CALLS // len(clients)
    gevent.joinall(
        [gevent.spawn(_repeat, lambda client=client: client.get("/get"), times) for client in clients]
    )
    return process_time() - began_s


def _pool(transport: str, target: str) -> ClientPool:
    policy = Policy.model_validate(
        {
            "name": transport,
            "transport": transport,
            "session": {"trust_env": False},
            "adapter": {"pool_maxsize": TOGETHER},
        }
    )
    scenario = read_scenario("baseline").scenario
    order = Prepare(policy=policy, scenario=scenario, seed=1, target=target, folder_on_path="")
    return ClientPool(order, lambda _: None)


def _repeat(work: Callable[[], Any], times: int) -> None:
    for _ in range(times):
        work()


def _said(found_s: list[float]) -> str:
    ascending = sorted(found_s)
    n, reach = len(ascending), 1.96 * math.sqrt(len(ascending)) / 2.0
    low_s, high_s = ascending[max(0, int(n / 2 - reach))], ascending[min(n - 1, int(n / 2 + reach))]
    return f"{statistics.median(found_s) * 1e6:.0f} µs ({low_s * 1e6:.0f} – {high_s * 1e6:.0f}, n = {n})"


def compared(folder: Path) -> None:
    """Prints one line for each run of the folder."""
    records = [open_run(run) for run in sorted(folder.iterdir()) if (run / "run.json").exists()]
    same = {tuple(_arrivals(record)) for record in records}
    print(f"{len(records)} runs, {'the same' if len(same) == 1 else 'NOT the same'} arrivals")
    for record in records:
        driver, found = record.table("driver"), record.end.measurements if record.end else {}
        cpu_s = float((driver["cpu_ratio"] * driver["at_s"].diff().fillna(driver["at_s"].iloc[0])).sum())
        figures = {
            name: found[name] for name in ("latency.p50", "latency.p99", "pool_wait.p99", "error_ratio")
        }
        per_call_s = cpu_s / len(record.calls())
        print(
            f"{record.run.policy.name:<12} attempts: {_joined(record)}; CPU {per_call_s * 1e6:.0f} µs a call;"
            f" opened {record.table('pool')['opened'].max()};"
            + ",".join(f" {name} {m.value:.4f} ({m.low} – {m.high})" for name, m in figures.items())
        )


def _arrivals(record: Record) -> list[tuple[int, float]]:
    first = record.calls().query("step == 0").sort_values("arrival")
    return list(zip(first["arrival"], first["scheduled_s"].round(9), strict=True))


def _joined(record: Record) -> str:
    attempts, served = record.table("attempts"), record.table("served")
    sent = pd.MultiIndex.from_arrays(
        [attempts["arrival"].astype(str) + "." + attempts["step"].astype(str), attempts["number"].astype(int)]
    )
    got = pd.MultiIndex.from_arrays([served["key"], served["attempt"].astype(int)])
    return f"{len(sent)} sent, {len(got)} served, {len(sent.intersection(got))} joined"


def main() -> None:
    """Prints the hop and the calls, or the runs of a comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compared", type=Path)
    folder = parser.parse_args().compared
    if folder is not None:
        compared(folder)
        return
    hop()
    calls()


if __name__ == "__main__":
    main()
