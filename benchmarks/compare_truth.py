"""Whether `surgeline compare` tells like from unlike.

    python -m benchmarks.compare_truth [repetitions]

Two policies that differ in nothing but their names, over and over with another seed: "no difference shown" is wanted
in 19 of 20 repetitions, for all measurements together. Then the same policy by six seeds against a Session that takes a
tenth longer over every call: its p99 is to be found higher. Exits with 1 where it is not, or where so many repetitions
found a difference that at most one in 20 is refuted (99%).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scipy.stats import binom

REPETITIONS, SLOWER_SEEDS = 20, ("1", "2", "3", "4", "5", "6")
FALSE_AT_MOST, SIGNIFICANCE = 0.05, 0.01
SURGELINE = str(Path(sys.executable).parent / "surgeline")
UPSTREAM = 'name = "exponential"\n[service_time]\ndistribution = "exponential"\nmean_s = 0.02\n'
SCENARIO = """
name = "short"
upstream = "upstream.toml"
journey = "scenarios.journeys.orders:get_order"
arrivals = [{ rate_per_s = 150, duration_s = 10 }]
[service]
threads = 60
[slo]
warmup_s = 2
"""
POLICY = 'name = "{name}"\n[adapter]\npool_maxsize = 60\n[timeout]\nconnect_s = 1.0\nread_s = 2.0\n'
SLOWER = '''
from time import monotonic, sleep
import requests
from requests.adapters import HTTPAdapter

class Slower(requests.Session):
    """Takes a tenth longer over every call."""

    def send(self, request, **kwargs):
        began_s = monotonic()
        response = super().send(request, **kwargs)
        sleep(0.1 * (monotonic() - began_s))
        return response

def build_session():
    session = Slower()
    session.mount("http://", HTTPAdapter(pool_maxsize=60))
    return session
'''


def main() -> int:
    """Prints a line for each repetition that found something, and the two results; 1 where one is missed."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else REPETITIONS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "upstream.toml").write_text(UPSTREAM)
        (folder / "short.toml").write_text(SCENARIO)
        for twin in ("one", "other"):
            (folder / f"{twin}.toml").write_text(POLICY.format(name=twin))
        (folder / "slower.toml").write_text(
            'name = "slower"\nfactory = "slower_client:build_session"\npath = "."\n'
        )
        (folder / "slower_client.py").write_text(SLOWER)
        same, found = _identical(folder, repetitions), _slower(folder)
    return int(not (same and found))


def _identical(folder: Path, repetitions: int) -> bool:
    alike = 0
    for seed in range(1, repetitions + 1):
        unlike = [d for d in _compare(folder, "other", str(seed)) if d["verdict"] != "no difference shown"]
        alike += not unlike
        for d in unlike:
            print(
                f"seed {seed}: {d['measurement']} {d['verdict']} by {d['difference']:.4g} [{d['low']}, {d['high']}]"
            )
    print(
        f'identical policies: "no difference shown" in {alike} of {repetitions} repetitions (19 of 20 wanted)'
    )
    return float(binom.sf(repetitions - alike - 1, repetitions, FALSE_AT_MOST)) > SIGNIFICANCE


def _slower(folder: Path) -> bool:
    (p99,) = [d for d in _compare(folder, "slower", *SLOWER_SEEDS) if d["measurement"] == "latency.p99"]
    print(
        f"a tenth slower: p99 {p99['a'] * 1e3:.1f} ms and {p99['b'] * 1e3:.1f} ms, difference"
        f" {p99['difference'] * 1e3:.2f} ms [{p99['low'] * 1e3:.2f}, {p99['high'] * 1e3:.2f}],"
        f" {p99['runs']} pairs of runs: {p99['verdict']} (higher wanted)"
    )
    return bool(p99["verdict"] == "higher")


def _compare(folder: Path, other: str, *seeds: str) -> list[dict[str, Any]]:
    command = [SURGELINE, "compare", "short.toml", "-p", "one.toml", "-p", f"{other}.toml", "--json"]
    command += [word for seed in seeds for word in ("--seed", seed)]
    environment = {**os.environ, "SURGELINE_RUNS": str(folder / "runs")}
    done = subprocess.run(command, check=False, capture_output=True, cwd=folder, env=environment, timeout=600)
    return list(json.loads(done.stdout)["deltas"])


if __name__ == "__main__":
    sys.exit(main())
