"""Whether the shipped scenarios are decided, quiet and beside a busy process, and never against each other.

    python -m benchmarks.scenario_verdicts --policies careful --times 1

Every scenario runs with every policy so many times, alone and beside a process of the lowest priority that computes
all the time. Results are kept under out/, so that the command goes on where it stopped. Wanted: with `careful` at least
12 of 14 decided each time, and no pair of scenario and policy that passes once and fails once. Exits 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "scenario_verdicts"
SURGELINE = str(Path(sys.executable).parent / "surgeline")
SCENARIOS = (
    "baseline", "seasonal-peak", "spike", "dependency-slowdown", "brownout", "retry-storm", "flapping",
    "partial-regional-outage", "rate-limited", "malformed-data", "stale-keepalive", "pool-starvation", "multi-tenant",
    "webhook-fan-out",
)  # fmt: skip
POLICIES = ("careful", "textbook", "stateless")
DECIDED = 12
BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: sum(range(10_000))"
"""Computes until the process that started it has ended."""


@contextmanager
def neighbour(busy: bool) -> Iterator[None]:
    """A process of the lowest priority that computes, or none."""
    if not busy:
        yield
        return
    process = subprocess.Popen(["nice", "-n", "19", sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def verdict(scenario: str, policy: str, busy: bool, number: int) -> dict[str, str]:
    """The verdict of one run with its first reason; read where it was made before."""
    file = KEPT / f"{scenario}-{policy}-{'busy' if busy else 'quiet'}-{number}.json"
    if not file.exists():
        environment = {**os.environ, "SURGELINE_RUNS": str(KEPT / "runs")}
        command = [SURGELINE, "run", scenario, "--policy", policy, "--seed", str(number), "--json"]
        with neighbour(busy):
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
            )
        found = json.loads(done.stdout)
        made = {"kind": found["verdict"], "reason": "; ".join(found["reasons"])}
        file.write_text(json.dumps(made), encoding="utf-8")
        print(f"  {file.stem}: {made['kind']}", flush=True)
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def main() -> int:
    """Prints the table; 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=240.0, help="begin no run after so many minutes")
    options = parser.parse_args()
    policies, until_s = options.policies.split(","), time.monotonic() + 60 * options.minutes
    KEPT.mkdir(parents=True, exist_ok=True)
    kinds: dict[tuple[str, str], list[str]] = {}
    decided: dict[tuple[str, bool, int], int] = {}
    for number, busy, policy, scenario in product(
        range(1, options.times + 1), (False, True), policies, SCENARIOS
    ):
        if time.monotonic() > until_s:
            print("The time is over; start it again to go on.")
            return 1
        found = verdict(scenario, policy, busy, number)
        kinds.setdefault((scenario, policy), []).append(found["kind"])
        decided[policy, busy, number] = decided.get((policy, busy, number), 0) + (
            found["kind"] != "inconclusive"
        )
    print(f"| scenario | {' | '.join(policies)} |\n|---|{'---|' * len(policies)}")
    for scenario in SCENARIOS:
        print(f"| {scenario} | {' | '.join(_counts(kinds[scenario, policy]) for policy in policies)} |")
    torn = [pair for pair, seen in kinds.items() if {"pass", "fail"} <= set(seen)]
    few = [
        f"{p}, {'busy' if b else 'quiet'}, {n}: {d}"
        for (p, b, n), d in decided.items()
        if d < DECIDED and p == "careful"
    ]
    print(
        "\ndecided of 14: "
        + ", ".join(f"{p} {'busy' if b else 'quiet'} {n}: {d}" for (p, b, n), d in decided.items())
    )
    print(f"pass against fail: {', '.join(' × '.join(pair) for pair in torn) or 'none'}")
    return int(bool(torn or few))


def _counts(seen: list[str]) -> str:
    return ", ".join(
        f"{kind} {seen.count(kind)}" for kind in ("pass", "fail", "inconclusive") if kind in seen
    )


if __name__ == "__main__":
    sys.exit(main())
