"""How fast the driver is, beside plain Locust, and how well it keeps its schedule.

    python -m benchmarks.driver_rate

The upstream has one core, the driver the other. In turn, Locust's own HttpUser and surgeline's closed loop, 20 users
each with a Session of their own, ask the same upstream; surgeline takes every call apart and records it meanwhile.
Then arrivals come open-loop at 55% of that rate, and the schedule's error is read from the record. Exits 1
where a wanted figure is missed.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.wanted import exit_code
from harness.model.quantile import quantile
from harness.record.reader import open_run

USERS, SECONDS, ROUNDS, OPEN_SECONDS = 20, 8, 15, 20
CLOSED, SHARE = 0.97, 0.55
BIN = Path(sys.executable).parent
UPSTREAM_CORE, DRIVER_CORE = ["taskset", "-c", "0"], ["taskset", "-c", "1"]

LOCUSTFILE = """
from locust import HttpUser, task

class Plain(HttpUser):
    @task
    def get(self):
        self.client.get("/orders/1", name="GET /orders/{id}")
"""
POLICY = 'name = "plain"\n[session]\nscope = "user"\ntrust_env = false\n'
SCENARIO = """
name = "closed"
upstream = "upstream.toml"
journey = "scenarios.journeys.orders:get_order"
arrivals = [{ shape = "closed", users = 20, duration_s = 8 }]
[service]
threads = 20
[slo]
warmup_s = 1
"""


def locust_rate(folder: Path, url: str) -> float:
    """Calls a second of Locust's HttpUser."""
    command = [str(BIN / "locust"), "-f", str(folder / "locustfile.py"), "--headless", "-u", str(USERS), "-r"]
    command += [str(USERS), "-t", f"{SECONDS}s", "-H", url, "--csv", str(folder / "plain"), "--only-summary"]
    subprocess.run([*DRIVER_CORE, *command], check=False, capture_output=True)
    with (folder / "plain_stats.csv").open() as stats:
        return float(next(row for row in csv.DictReader(stats) if row["Name"] == "Aggregated")["Requests/s"])


def ours(folder: Path, url: str, *settings: str) -> dict[str, object]:
    """What `surgeline run --json` says of one run."""
    command = [str(BIN / "surgeline"), "run", str(folder / "closed.toml"), "-p", str(folder / "plain.toml")]
    command += ["--target", url, "--json", *settings]
    environment = {**os.environ, "SURGELINE_RUNS": str(folder / "runs")}
    done = subprocess.run([*DRIVER_CORE, *command], check=False, capture_output=True, env=environment)
    return json.loads(done.stdout)


def main() -> int:
    """Prints a ratio and two schedule errors, each against its limit; 1 where one is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "upstream.toml").write_text('name = "instant"\n')
        (folder / "locustfile.py").write_text(LOCUSTFILE)
        (folder / "plain.toml").write_text(POLICY)
        (folder / "closed.toml").write_text(SCENARIO)
        command = [*UPSTREAM_CORE, sys.executable, "-m", "mock_upstream", str(folder / "upstream.toml")]
        upstream = subprocess.Popen(
            [*command, "--json", "--exit-with-parent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        url = json.loads(upstream.stdout.readline())["url"]
        try:
            return measure(folder, url)
        finally:
            upstream.stdin.close()
            upstream.wait(10)


def measure(folder: Path, url: str) -> int:
    """Alternates the two closed loops, then drives the open one."""
    ratios, rates = [], []
    for _ in range(ROUNDS):
        plain = locust_rate(folder, url)
        rate = ours(folder, url)["measurements"]["achieved_rate"]["value"]
        rates.append(rate)
        ratios.append(rate / plain)
        print(f"closed loop, {USERS} users: surgeline {rate:.0f}/s, Locust HttpUser {plain:.0f}/s")
    print(f"ratio, median of {ROUNDS}: {statistics.median(ratios):.2f} (at least {CLOSED} is wanted)")
    open_rate = SHARE * statistics.median(rates)
    arrivals = f"scenario.arrivals=[{{rate_per_s={open_rate:.0f}, duration_s={OPEN_SECONDS}}}]"
    run = ours(folder, url, "--set", arrivals, "--set", "scenario.service.threads=40")
    lag_ms = (
        open_run(folder / "runs" / str(run["run"])).calls().query("scheduled_s > 1")["schedule_lag_s"] * 1e3
    )
    p99, p999 = (quantile(lag_ms, share) for share in (0.99, 0.999))
    print(
        f"open loop at {open_rate:.0f}/s ({SHARE:.0%}), n = {len(lag_ms):,}:"
        f" schedule error p99 {p99:.2f} ms (2 wanted), p99.9 {p999:.2f} ms (10 wanted)"
    )
    return exit_code(
        {
            f"closed loop at least {CLOSED} of Locust's": statistics.median(ratios) >= CLOSED,
            "p99 of the schedule error at most 2 ms": p99 <= 2.0,
            "p99.9 of the schedule error at most 10 ms": p999 <= 10.0,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
