"""A folder of 200 runs, five of them with a million calls, and two ranges, for benchmarks of the dashboard.

python -m benchmarks.dashboard_runs FOLDER
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa

from dashboard.data.computed_frames import prepare_frames
from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.assess.computed_comparison import computed_comparison
from harness.assess.runs import evidence_of as evidence
from harness.model.policy import AdapterSettings, Policy
from harness.model.run import End
from harness.record.computed_file import FOLDER
from harness.record.reader import open_run
from harness.record.schema import TABLES
from harness.record.writer import RunWriter, create, finish
from tests.unit.dashboard import made_ranges, made_runs

RUNS, LARGE, CALLS, DURATION_S = 200, 5, 1_000_000, 1000.0
HOST = "127.0.0.1:8080"


def make(root: Path) -> list[str]:
    """Writes the folder if it isn't there; returns the ids of the large runs.

    Beside the large runs lie the results that `surgeline compare` leaves when it has made them, and no others.
    """
    marker = root / "large.json"
    if not marker.exists():
        shutil.rmtree(root, ignore_errors=True)
        large = [_large(root, number).name for number in range(LARGE)]
        _small(root, RUNS - LARGE)
        marker.write_text(json.dumps(large))
    found: list[str] = json.loads(marker.read_text())
    shutil.rmtree(root / FOLDER, ignore_errors=True)
    records = [open_run(root / name) for name in found]
    for record in records:
        prepare_frames(record)
    computed_comparison(records)
    return found


def make_ranges(root: Path) -> list[str]:
    """Writes the ranges of two policies if they aren't there; returns their ids."""
    policies = (made_runs.TEXTBOOK, made_runs.CAREFUL)
    there = sorted(path.parent.name for path in root.glob("*/range.json"))
    return there or [made_ranges.complete(root, policy, started=n).name for n, policy in enumerate(policies)]


def _small(root: Path, count: int) -> None:
    """Copies of one short run, each with an id and a time of its own."""
    of = made_runs.scenario()
    original = made_runs.complete(root, made_runs.CAREFUL, of, made_runs.STARTED - timedelta(days=1))
    for number in range(1, count):
        started_at = made_runs.STARTED - timedelta(days=1, minutes=number)
        run = made_runs.run_of(made_runs.POLICIES[number % 3], of, started_at)
        shutil.copytree(original, root / run.id)
        (root / run.id / "run.json").write_text(run.model_dump_json())


def _large(root: Path, number: int) -> Path:
    """A run of a million calls whose latency rises in the middle."""
    policy = Policy(name=f"policy-{number}", adapter=AdapterSettings(pool_maxsize=10 + number))
    of = made_runs.scenario("thousand-seconds", DURATION_S, CALLS / DURATION_S)
    folder = create(root, made_runs.run_of(policy, of, made_runs.STARTED + timedelta(minutes=number)))
    writer = RunWriter(folder, made_runs.TABLES)
    chance = np.random.default_rng(number)
    for batch in np.array_split(np.arange(CALLS), 100):
        calls, attempts = _batch(batch, chance, slow=1.0 + 0.2 * number)
        writer["calls"].append([calls[name] for name in TABLES["calls"].names])
        writer["attempts"].append([attempts[name] for name in TABLES["attempts"].names])
    pool = {"host": HOST, "maxsize": 10 + number, "in_use": 5, "idle": 5, "opened": 100}
    for at_s in np.arange(0.0, DURATION_S, 0.25):
        row = {"at_s": float(at_s)} | pool
        writer["pool"].add(tuple(row.get(name, 0) for name in TABLES["pool"].names))
    writer.close()
    seen = evidence(open_run(folder))
    measured = measurements(seen)
    ended_at = made_runs.STARTED + timedelta(seconds=DURATION_S)
    finish(
        folder, End(state="complete", ended_at=ended_at, measurements=measured, verdict=judge(seen, measured))
    )
    return folder


Columns = dict[str, object]


def _batch(arrivals: np.ndarray, chance: np.random.Generator, slow: float) -> tuple[Columns, Columns]:
    n = len(arrivals)
    scheduled = arrivals * (DURATION_S / CALLS)
    factor = np.where((scheduled > 400) & (scheduled < 600), 4.0 * slow, 1.0)
    first_byte = 0.02 * factor * chance.lognormal(0.0, 0.5, n)
    failed = chance.random(n) < 0.01
    common: Columns = {
        "arrival": arrivals, "step": np.zeros(n, np.int16), "started_s": scheduled, "first_byte_s": first_byte,
        "status": np.where(failed, 503, 200).astype(np.int16),
    }  # fmt: skip
    calls: Columns = {
        "method": np.full(n, "GET"), "route": np.full(n, "/orders"), "scheduled_s": scheduled,
        "dispatched_s": scheduled, "ended_s": scheduled + first_byte, "attempts": np.ones(n, np.int16),
        "outcome": np.where(failed, "http_5xx", "ok"), "received_bytes": np.full(n, 512),
    }  # fmt: skip
    attempts: Columns = {
        "number": np.ones(n, np.int16), "host": np.full(n, HOST), "new_connection": chance.random(n) < 0.01,
        "backoff_held": np.zeros(n, bool), "discarded": np.zeros(n, bool),
        "reason": np.where(chance.random(n) < 0.02, "503", ""),
    }  # fmt: skip
    return _filled("calls", common | calls, n), _filled("attempts", common | attempts, n)


def _filled(table: str, columns: Columns, rows: int) -> Columns:
    """The columns of a table; those that are not set are 0, or empty where they are text."""
    zero, empty = np.zeros(rows), np.full(rows, "")
    is_text = {field.name: pa.types.is_string(field.type) for field in TABLES[table]}
    return {name: columns.get(name, empty if text else zero) for name, text in is_text.items()}


if __name__ == "__main__":
    begun_s = perf_counter()
    print(*make(Path(sys.argv[1])), sep="\n")
    print(f"{perf_counter() - begun_s:.1f} s")
