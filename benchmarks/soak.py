"""Whether memory, descriptors or threads of any process grow while everything runs for an hour.

    python -m benchmarks.soak [--minutes 60] [--rate 40]

Two runs at the same time: one of a simulated service, and one of the example service under gunicorn, instrumented; each
with its upstream. Prometheus scrapes both, and a dashboard shows the live runs to a browser, which opens another page
each minute. Every process of surgeline is sampled every five seconds. The first quarter is the warm-up and does not
count: caches fill, and the upstreams' ledgers, which keep the last 4,096 requests here. Their stores of orders, which
keep the last 10,000, are filled before it begins, and the load begins with a burst, which opens the connections and
starts the threads that a busy machine would open and start at some later time. The slope and its upper 95%
bound are computed from means of 15 blocks (benchmarks/slopes.py), because neighbouring samples are nearly equal.
Wanted for each process: memory (resident) at most 1 MB per hour, descriptors and threads 0 after rounding, all by the
upper bound. Exits 1 where one is missed. Samples and figures are kept in out/soak.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from selenium.common.exceptions import TimeoutException

from benchmarks.process_samples import Sample, keep, parts_of_run, sampled
from benchmarks.slopes import Slope, slope
from benchmarks.wanted import exit_code
from dashboard.launch import command as dashboard_command
from harness.record.reader import Record, open_run
from tests.e2e.browser import Visitor, chromium, free_port, wait_until_healthy
from tests.e2e.servers import prometheus

EVERY_S, PAGE_S, WARM_UP = 5.0, 60.0, 0.25
ORDERS, CONNECTIONS = 10_000, 8
BURST_PER_S, BURST_S = 400.0, 15.0
MB_PER_H, PER_H = 1.0, 0.5
KEPT = Path("out/soak")
SHIPPED = Path(__file__).parents[1] / "deploy" / "prometheus"
SURGELINE = Path(sys.executable).with_name("surgeline")
RUNS = {
    "lab": ("run", "dependency-slowdown", "-p", "careful"),
    "service": ("run", "orders-service", "-p", "as-is"),
}
PAGES = ("/run?run={lab}", "/", "/run?run={service}", "/runs", "/calls?run={lab}", "/run?run={lab}")


def main() -> int:
    """Prints the slopes of each process and what a run needs on disk."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=40.0, help="Journeys per second of each run.")
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        samples = _soaked(root, options.minutes * 60.0, options.rate)
        records = [open_run(path.parent) for path in sorted((root / "runs").glob("[!.]*/run.json"))]
        whole = _tell_runs(records)
        wanted = _tell_slopes(samples, options.minutes)
    return exit_code({**wanted, "both runs complete": whole})


def _soaked(root: Path, duration_s: float, rate_per_s: float) -> list[Sample]:
    """The samples of everything, until the arrivals of the runs end."""
    shutil.copytree(SHIPPED, root / "deploy" / "prometheus")
    runs = root / "runs"
    runs.mkdir()
    config = root / "deploy" / "prometheus" / "prometheus.yml"
    with (
        prometheus(config, root),
        _dashboard(runs) as (address, dashboard),
        chromium(root / "profile") as browser,
    ):
        began_s = time.monotonic()
        started = {name: _started(name, runs, duration_s, rate_per_s) for name in RUNS}
        ids = {name: _first_seen(name, runs, process) for name, process in started.items()}
        roles = {"dashboard": dashboard}
        for name, process in started.items():
            roles |= parts_of_run(psutil.Process(process.pid), name)
        _fill_stores(open_run(runs / ids["lab"]).run.target)
        _fill_stores(roles["service: service process 1"].environ()["ORDERS_API_URL"])
        samples = _sampled(roles, Visitor(browser, address), ids, began_s, duration_s)
        keep(samples, KEPT / "samples.csv")
        for process in started.values():
            process.wait()
    return samples


def _fill_stores(url: str) -> None:
    """Makes as many orders as an upstream keeps, over several connections."""
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        for _ in threads.map(partial(_make_orders, url), range(CONNECTIONS)):
            pass


def _make_orders(url: str, first: int) -> None:
    connection = HTTPConnection(urlsplit(url).netloc)
    for number in range(first, ORDERS, CONNECTIONS):
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"order-of-the-soak-{number:08d}"}
        connection.request("POST", "/orders", b'{"item": "A-1", "quantity": 1}', headers)
        connection.getresponse().read()
    connection.close()


def _sampled(
    roles: dict[str, psutil.Process], visitor: Visitor, ids: dict[str, str], began_s: float, duration_s: float
) -> list[Sample]:
    samples, opened = list[Sample](), int((time.monotonic() - began_s) / PAGE_S)
    while (at_s := time.monotonic() - began_s) < duration_s - 2 * EVERY_S:
        if at_s >= opened * PAGE_S:
            with suppress(
                TimeoutException
            ):  # On a busy machine the page comes later; the next one is opened all the same.
                visitor.open(PAGES[opened % len(PAGES)].format(**ids), settled=False)
            opened += 1
        samples += sampled(roles, at_s)
        time.sleep(max(0.0, began_s + at_s + EVERY_S - time.monotonic()))
    print(f"{opened} pages opened; {len(samples):,} samples of {len(roles)} processes", flush=True)
    return samples


def _started(name: str, runs: Path, duration_s: float, rate_per_s: float) -> subprocess.Popen[bytes]:
    settings = {
        "scenario.name": f"soak-{name}",
        "scenario.arrivals": f"[{{rate_per_s={BURST_PER_S}, duration_s={BURST_S}}}, "
        f"{{rate_per_s={rate_per_s}, duration_s={duration_s - BURST_S}}}]",
        "scenario.timeline": "[]",
        "upstream.limits.ledger_rows": 4096,
    }
    given = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    log = (KEPT / f"{name}.log").open("wb")
    return subprocess.Popen(
        [str(SURGELINE), *RUNS[name], *given],
        env={**os.environ, "SURGELINE_RUNS": str(runs)}, stdout=log, stderr=log,
    )  # fmt: skip


def _first_seen(name: str, runs: Path, process: subprocess.Popen[bytes]) -> str:
    """The id of a run once it has recorded calls."""
    until_s = time.monotonic() + 90.0
    while time.monotonic() < until_s and process.poll() is None:
        for path in runs.glob(f"[!.]*soak-{name}*/calls.arrows"):
            if path.stat().st_size > 10_000:
                return path.parent.name
        time.sleep(0.2)
    raise RuntimeError(f"the run {name} recorded nothing; see {KEPT / name}.log")


@contextmanager
def _dashboard(runs: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The dashboard's address and its process."""
    port = free_port()
    with (KEPT / "dashboard.log").open("wb") as log:
        server = subprocess.Popen(dashboard_command(port, runs), stdout=log, stderr=log)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}", psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(20)


def _tell_runs(records: list[Record]) -> bool:
    """Prints what each run needs on disk; whether both are complete."""
    for record in records:
        calls = len(record.calls(["arrival"]))
        size_kb = sum(file.stat().st_size for file in record.folder.rglob("*") if file.is_file()) / 1e3
        per_1000 = f"{size_kb / calls * 1000:.0f} kB on disk per 1,000 calls"
        print(f"{record.run.scenario.name}: {calls:,} calls, {record.state}; {per_1000}")
    return len(records) == len(RUNS) and all(record.state == "complete" for record in records)


def _tell_slopes(samples: list[Sample], minutes: float) -> dict[str, bool]:
    """Prints each process's slopes, keeps them, and returns what is wanted of them."""
    wanted, kept = dict[str, bool](), list[dict[str, object]]()
    print(
        f"{'process':<28}{'resident MB':>12}{'MB/h':>9}{'at most':>9}"
        f"{'descriptors':>13}{'/h':>7}{'threads':>9}{'/h':>7}"
    )
    for role in dict.fromkeys(sample.role for sample in samples):
        counted = [s for s in samples if s.role == role and s.at_s >= WARM_UP * 60.0 * minutes]
        at_s = [sample.at_s for sample in counted]
        memory = slope(at_s, [sample.rss_mb for sample in counted])
        files = slope(at_s, [sample.descriptors for sample in counted])
        threads = slope(at_s, [sample.threads for sample in counted])
        last = counted[-1]
        print(
            f"{role:<28}{last.rss_mb:>12.1f}{memory.per_hour:>9.2f}{memory.upper:>9.2f}"
            f"{last.descriptors:>13}{files.upper:>7.2f}{last.threads:>9}{threads.upper:>7.2f}"
        )
        wanted |= {
            f"{role}: memory at most {MB_PER_H:.0f} MB/h": memory.upper <= MB_PER_H,
            f"{role}: descriptors do not grow": files.upper < PER_H,
            f"{role}: threads do not grow": threads.upper < PER_H,
        }
        kept.append({"process": role, "minutes": minutes, **_kept(memory, files, threads)})
    KEPT.joinpath("result.json").write_text(
        json.dumps({"at": datetime.now(UTC).isoformat(timespec="minutes"), "processes": kept}, indent=1)
    )
    return wanted


def _kept(memory: Slope, files: Slope, threads: Slope) -> dict[str, object]:
    return {
        "n": memory.n,
        "mb_per_h": round(memory.per_hour, 3),
        "mb_per_h_at_most": round(memory.upper, 3),
        "descriptors_per_h_at_most": round(files.upper, 3),
        "threads_per_h_at_most": round(threads.upper, 3),
    }


if __name__ == "__main__":
    sys.exit(main())
