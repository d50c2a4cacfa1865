"""One process of the service beside four in two network namespaces: the same arrivals, the same answer.

    python -m benchmarks.many_processes        (as root; needs iproute2)

Rounds alternate. Every run says its totals and its p99 with a 95% interval; the two agree when the totals are equal
and the intervals overlap. Exits 1 where a pair does not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.wanted import exit_code
from harness.lab.worker_token import TOKEN, new_token
from harness.model.formatting import format_interval, format_value
from harness.record.reader import Record, open_run
from tests.e2e.namespaces import NET, two_namespaces

ROUNDS, RATE_PER_S, SECONDS = 3, 200, 15
SURGELINE, PLACE = str(Path(sys.executable).parent / "surgeline"), f"{NET}.1:5669"
RUN = [SURGELINE, "run", "baseline", "-p", "careful", "--set", "scenario.service.threads=40"]
RUN += ["--set", f"scenario.arrivals=[{{rate_per_s={RATE_PER_S}, duration_s={SECONDS}}}]"]


def main() -> int:
    """Prints a line for each run, and whether each pair agrees."""
    with tempfile.TemporaryDirectory() as folder, two_namespaces() as namespaces:
        os.environ["SURGELINE_RUNS"], os.environ[TOKEN], agreed = folder, new_token(), 0
        for _ in range(ROUNDS):
            one = _run(Path(folder), [*RUN], [])
            four = _run(Path(folder), [*RUN, "--expect-workers", "4", "--bind", PLACE], namespaces * 2)
            _say("1 process", one)
            _say("4 processes, 2 namespaces", four)
            agreed += _agree(one, four)
    print(f"{agreed} of {ROUNDS} pairs agree: equal totals, and intervals of p99 that overlap")
    return exit_code({"all pairs agree": agreed == ROUNDS})


def _run(runs: Path, command: list[str], namespaces: list[str]) -> Record:
    before = set(runs.glob("*/run.json"))
    leader = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workers = [
        subprocess.Popen(["ip", "netns", "exec", name, SURGELINE, "worker", "--master", PLACE])
        for name in namespaces
    ]
    leader.wait(SECONDS + 60)
    for worker in workers:
        worker.wait(30)
    (made,) = set(runs.glob("*/run.json")) - before
    return open_run(made.parent)


def _say(name: str, record: Record) -> None:
    p99, calls = record.end.measurements["latency.p99"], record.calls()
    print(
        f"{name:<26} {len(calls):,} calls, {len(record.table('attempts')):,} attempts,"
        f" {len(record.table('served')):,} served;"
        f" p99 {format_value(p99.value, 's')} ({format_interval(p99)}, n = {p99.n:,});"
        f" {record.end.verdict.kind}"
    )


def _agree(one: Record, four: Record) -> bool:
    a, b = (record.end.measurements["latency.p99"] for record in (one, four))
    overlap = (b.high is None or a.low <= b.high) and (a.high is None or b.low <= a.high)
    return len(one.calls()) == len(four.calls()) and bool(overlap)


if __name__ == "__main__":
    sys.exit(main())
