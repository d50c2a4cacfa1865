"""How long judging a large run takes, and how soon `surgeline run` ends after its last call.

    python -m benchmarks.judge_cost [--calls 100000] [--times 5]

Runs are written with calls of three routes, of which some fail: one on time, one whose driver was late in a tenth of
the seconds. Reading, measuring and judging each is timed as the end of a run does it, in CPU seconds; the limit
is for the median. Then a short run is made, and timed from its last call's end until the command has ended. Exits 1
where a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import monotonic, process_time

import numpy as np

from harness.assess.runs import judged_end
from harness.record.reader import Record, list_runs, open_run
from harness.record.schema import TABLES
from harness.record.writer import RunWriter, create
from tests.unit.dashboard import made_runs

JUDGED_S, ENDED_S = 1.0, 2.0
RATE_PER_S, BATCHES, LATE_S = 900.0, 100, 0.08
THRESHOLDS = (*made_runs.THRESHOLDS, 'p99(latency{route="/a"}) < 150ms')
RUN = ("run", "baseline", "-p", "careful", "--set", "scenario.arrivals.0.duration_s=10")
SURGELINE = Path(sys.executable).with_name("surgeline")
Columns = Mapping[str, object]


def main() -> int:
    """Prints each figure with its limit; 1 where one is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5)
    options, held = parser.parse_args(), []
    with tempfile.TemporaryDirectory() as folder:
        for name, late in (("on-time", 0.0), ("late", 0.1)):
            record = open_run(made(Path(folder), name, options.calls, late))
            taken_s = [judging_s(record) for _ in range(options.times)]
            held.append(_shown(f"judging {options.calls:,} calls, {name}", taken_s, JUDGED_S))
        taken_s = [ending_s(Path(folder) / f"made-{number}") for number in range(options.times)]
        held.append(_shown("from the last call to the end of the command", taken_s, ENDED_S))
    return int(not all(held))


def judging_s(record: Record) -> float:
    """Seconds of this process for the end of a run."""
    began_s = process_time()
    judged_end(record, None)
    return process_time() - began_s


def ending_s(root: Path) -> float:
    """Seconds from the end of a run's last call until `surgeline run` has ended."""
    environment = {**os.environ, "SURGELINE_RUNS": str(root)}
    subprocess.run([str(SURGELINE), *RUN], env=environment, capture_output=True, check=False)
    ended_s = monotonic()
    (record,) = (found for found in list_runs(root) if isinstance(found, Record))
    return ended_s - record.run.epoch_s - float(record.table("calls", ["ended_s"])["ended_s"].max())


def made(root: Path, name: str, calls: int, late: float) -> Path:
    """Writes a run of so many calls without its end; the driver is late in this share of the seconds."""
    seconds, chance = int(calls / RATE_PER_S), np.random.default_rng(1)
    of = made_runs.scenario(name, calls / RATE_PER_S, RATE_PER_S)
    of = of.model_copy(update={"slo": of.slo.model_copy(update={"thresholds": THRESHOLDS})})
    folder = create(root, made_runs.run_of(made_runs.CAREFUL, of, made_runs.STARTED + timedelta(hours=late)))
    writer = RunWriter(folder, tuple(TABLES))
    at_s = np.arange(1.0, seconds + 1.0)
    late_s = np.where(chance.random(seconds) < late, LATE_S, 0.001)
    _write(writer, "driver", {"at_s": at_s, "late_s": late_s, "cpu_ratio": np.full(seconds, 0.5)}, seconds)
    for table, columns in _of_calls(calls, chance).items():
        _write(writer, table, columns, calls)
    writer.close()
    return folder


def _of_calls(n: int, chance: np.random.Generator) -> dict[str, Columns]:
    """The tables with a row for each call, whose latencies rise and fall together."""
    scheduled_s = np.sort(chance.uniform(0.0, n / RATE_PER_S, n))
    level = np.convolve(chance.standard_normal(n + 200), np.full(201, 201**-0.5), "valid")
    first_byte_s = 0.02 * np.exp(0.5 * level) * chance.lognormal(0.0, 0.4, n)
    sent_s, failed = scheduled_s + chance.exponential(0.0003, n), chance.random(n) < 0.004
    shared: Columns = {"arrival": np.arange(n), "started_s": sent_s, "first_byte_s": first_byte_s}
    calls: Columns = {
        "method": np.full(n, "GET"), "route": chance.choice(["/a", "/b", "/c"], n), "scheduled_s": scheduled_s,
        "dispatched_s": sent_s, "ended_s": sent_s + first_byte_s, "attempts": 1 + (chance.random(n) < 0.02),
        "outcome": np.where(failed, chance.choice(["http_5xx", "read_timeout"], n), "ok"),
        "caller": np.arange(n) % 64, "pool_wait_s": chance.exponential(0.002, n) * (chance.random(n) < 0.2),
    }  # fmt: skip
    served: Columns = {
        "arrived_s": sent_s, "intended_delay_s": first_byte_s, "ended_s": sent_s + first_byte_s,
        "actual_delay_s": first_byte_s + chance.exponential(0.0003, n),
    }  # fmt: skip
    attempts: Columns = {"number": np.ones(n, np.int16), "new_connection": chance.random(n) < 0.01}
    return {"calls": {**shared, **calls}, "attempts": {**shared, **attempts}, "served": served}


def _write(writer: RunWriter, table: str, columns: Columns, n: int) -> None:
    """The rows in batches, as a driver writes them; a column that is not given is empty or 0."""
    empty = {field.name: _empty(str(field.type), n) for field in TABLES[table]}
    for batch in np.array_split(np.arange(n), BATCHES):
        rows = [np.asarray(columns.get(name, none))[batch].tolist() for name, none in empty.items()]
        writer[table].append(rows)


def _empty(kind: str, n: int) -> np.ndarray:
    return np.full(n, "") if kind == "string" else np.zeros(n, bool if kind == "bool" else int)


def _shown(what: str, taken_s: list[float], limit_s: float) -> bool:
    """Prints the median with the range and the limit; whether it holds."""
    middle_s = median(taken_s)
    between = f"{min(taken_s):.2f} – {max(taken_s):.2f} s, n = {len(taken_s)}"
    print(f"{what}: {middle_s:.2f} s ({between}), wanted: at most {limit_s:.0f} s", flush=True)
    return middle_s <= limit_s


if __name__ == "__main__":
    sys.exit(main())
