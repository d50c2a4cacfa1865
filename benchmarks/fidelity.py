"""The lab's stand-in against a real service: the same journey, policy, arrivals and fault decisions.

    python -m benchmarks.fidelity [--seed 1] [--runs 1]

The service forwards each request to the upstream, under gunicorn's gthread workers and under uvicorn with FastAPI's
thread pool. Callers reach it by one hop more than the stand-in has, which a run without requests to the upstream
measures at the same rate; its median is subtracted from the latencies. Exits 1 where a pass stands against a fail,
where the intervals of p99 do not overlap, or where a recovery lies outside of the other one's interval. Results are
kept under out/, so that the command goes on where it stopped; with `--runs` it makes at most so many and exits 3
before the last one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import inf
from pathlib import Path
from typing import Any

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.formatting import format_value
from harness.model.verdict import Measurement

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "fidelity"
STAND_IN = "stand-in"
PYTHON = ("{python}", "-m")
COMMANDS = {
    "gunicorn": (
        *PYTHON, "gunicorn", "forward_wsgi:app", "--bind", "{bind}",
        "--worker-class", "gthread", "--threads", "{threads}",
    ),
    "uvicorn": (*PYTHON, "uvicorn", "forward_asgi:app", "--host", "{host}", "--port", "{port}", "--no-access-log"),
}  # fmt: skip
SYSTEMS = (STAND_IN, *COMMANDS)
LATENCIES = ("latency.p50", "latency.p95", "latency.p99")
COLUMNS = (*LATENCIES, "goodput", "recovery")
HOP_S, UNFINISHED = 10, 3
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario under one policy."""

    name: str
    scenario: str
    policy: str
    rate_per_s: int
    duration_s: int
    threads: int
    thresholds: tuple[str, ...] = ()
    """In place of the scenario's own."""

    def settings(self, system: str, *, hop: bool) -> list[str]:
        """The overrides with which a system makes it."""
        journey = "benchmarks.fidelity:hop" if hop else "scenarios.journeys.orders:get_order"
        phase = f"[{{rate_per_s={self.rate_per_s}, duration_s={HOP_S if hop else self.duration_s}}}]"
        found = [
            f"scenario.arrivals={phase}", f"scenario.journey={journey}", f"scenario.service.threads={self.threads}",
            *([f"scenario.slo.thresholds={json.dumps(self.thresholds)}"] if self.thresholds else []),
            *(["scenario.timeline=[]"] if hop else []),
        ]  # fmt: skip
        if system in COMMANDS:
            folder = str(ROOT / "benchmarks" / "services")
            env = f'{{API="{{upstream}}", THREADS="{self.threads}"}}'
            command = json.dumps(COMMANDS[system])
            found += [f"scenario.service.command={command}", f"scenario.service.folder={folder}"]
            found += ["scenario.service.ready=/ready", f"scenario.service.env={env}"]
        return found


CELLS = (
    *(
        Cell(
            f"baseline, {rate}/s",
            "baseline",
            "careful",
            rate,
            30,
            64,
            ("p99(latency) < 100ms", "ratio(error) < 1%", f"rate(goodput) > {0.9 * rate:g}/s"),
        )
        for rate in (150, 250, 330)
    ),
    Cell("dependency-slowdown", "dependency-slowdown", "careful", 80, 45, 64),
    Cell("retry-storm, no retries", "retry-storm", "storm-no-retries", 250, 45, 700),
    Cell("retry-storm, three retries", "retry-storm", "storm-three-retries", 250, 45, 700),
)


def hop(thread: Any) -> None:
    """The journey that measures the hop: the service responds by itself."""
    thread.client.get("/ready")


def made(cell: Cell, system: str, seed: int, *, hop: bool = False) -> Found:
    """The verdict and the measurements of one run."""
    overrides = read_overrides(cell.settings(system, hop=hop))
    written = read_scenario(cell.scenario, overrides)
    scenario = written.scenario.model_copy(update={"seed": seed})
    end = run_plan(Plan(read_policy(cell.policy), scenario, written.upstream), KEPT / "runs").end
    assert end is not None
    assert end.verdict is not None
    measured = {name: m.model_dump() for name, m in end.measurements.items() if name in COLUMNS}
    return {"verdict": end.verdict.kind, "reasons": end.verdict.reasons, "measured": measured}


def wanted(seed: int) -> Iterator[tuple[Path, partial[Found]]]:
    """Every run, with the file in which its result is kept. A hop depends on the rate and the threads alone."""
    for cell, system in product(CELLS, SYSTEMS):
        if system in COMMANDS:
            yield _hop_file(cell, system, seed), partial(made, cell, system, seed, hop=True)
        yield _file(cell, system, seed), partial(made, cell, system, seed)


def _file(cell: Cell, system: str, seed: int) -> Path:
    return KEPT / f"{cell.name}-{system}-{seed}.json".replace(" ", "_").replace("/", "_per_")


def _hop_file(cell: Cell, system: str, seed: int) -> Path:
    return KEPT / f"hop-{cell.rate_per_s}-{cell.threads}-{system}-{seed}.json"


def _kept(file: Path) -> Found:
    found: Found = json.loads(file.read_text(encoding="utf-8"))
    return found


def compared(cell: Cell, seed: int) -> tuple[list[str], list[str]]:
    """The lines of the table for one cell, and what differs between stand-in and real services."""
    rows = {system: _kept(_file(cell, system, seed)) for system in SYSTEMS}
    lines, differ = [], []
    for system, row in rows.items():
        hop_s = 0.0
        if system in COMMANDS:
            hop_s = _kept(_hop_file(cell, system, seed))["measured"]["latency.p50"]["value"]
        measured = {name: _less(Measurement(**row["measured"][name]), hop_s) for name in row["measured"]}
        row["intervals"] = measured
        texts = [_text(measured.get(name)) for name in COLUMNS]
        hop_text = format_value(hop_s, "s") if hop_s else ""
        lines.append(f"| {cell.name} | {system} | {' | '.join(texts)} | {hop_text} | {row['verdict']} |")
    for system in COMMANDS:
        differ += [f"{cell.name}, {system}: {text}" for text in differences(rows[STAND_IN], rows[system])]
    return lines, differ


def differences(a: Found, b: Found) -> Iterator[str]:
    """In what two systems differ that must not differ."""
    if {a["verdict"], b["verdict"]} == {"pass", "fail"}:
        yield f"{a['verdict']} stands against {b['verdict']}"
    if not _overlap(a["intervals"]["latency.p99"], b["intervals"]["latency.p99"]):
        yield "the intervals of p99 do not overlap"
    one, other = a["intervals"].get("recovery"), b["intervals"].get("recovery")
    if one is not None and not (_holds(one, other) and _holds(other, one)):
        yield "recovery lies outside of the interval"


def _less(measured: Measurement, hop_s: float) -> Measurement:
    """A latency without the hop; another measurement as it is."""
    if measured.name not in LATENCIES:
        return measured
    values = {name: getattr(measured, name) for name in ("value", "low", "high")}
    return measured.model_copy(update={k: None if v is None else v - hop_s for k, v in values.items()})


def _bounds(measured: Measurement) -> tuple[float, float]:
    return (
        -inf if measured.low is None else measured.low,
        inf if measured.high is None else measured.high,
    )


def _overlap(a: Measurement, b: Measurement) -> bool:
    (low_a, high_a), (low_b, high_b) = _bounds(a), _bounds(b)
    return low_a <= high_b and low_b <= high_a


def _holds(interval: Measurement, other: Measurement) -> bool:
    low, high = _bounds(interval)
    return low <= other.number <= high


def _text(measured: Measurement | None) -> str:
    if measured is None:
        return ""
    if measured.name == "recovery" and measured.high is None:
        return f"not within {format_value(measured.number, measured.unit)}"
    low, high = (
        "…" if bound is None else format_value(bound, measured.unit)
        for bound in (measured.low, measured.high)
    )
    value = "not reached" if measured.value is None else format_value(measured.value, measured.unit)
    return f"{value} ({low} – {high})"


def main() -> int:
    """Makes what is missing and prints the table; 1 where the systems differ, 3 where runs are missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1000, help="make at most so many runs")
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    runs = dict(wanted(options.seed))
    missing = [file for file in runs if not file.exists()]
    for file in missing[: options.runs]:
        found = runs[file]()
        file.write_text(json.dumps(found), encoding="utf-8")
        print(f"  {file.stem}: {found['verdict']}", flush=True)
    if len(missing) > options.runs:
        return UNFINISHED
    titles = ("scenario", "system", "p50", "p95", "p99", "goodput", "recovery", "hop", "verdict")
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    differ = []
    for cell in CELLS:
        lines, found_to_differ = compared(cell, options.seed)
        print("\n".join(lines))
        differ += found_to_differ
    print("\n" + ("\n".join(differ) or "stand-in and real services agree"))
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(main())
