"""Whether `learn` finds what is known, and whether lab and twin then behave as production did.

    python -m benchmarks.learned_profiles                      # six systems; goes on where it stopped
    python -m benchmarks.learned_profiles --replay twin        # the twin's part alone
    python -m benchmarks.learned_profiles --only "fixed at 80%" --again

Each system (three laws of service times, 50% and 80% load, 8 workers) is driven through a real nginx: once, and those
with exponential times four times, because the median of 3,600 such times alone is off by 2.4% (standard error). From
the first two thirds of its journal, and of nginx's log, an upstream and arrivals are learned. The lab replays the
first making, and so does the twin, with five seeds and with what the client was found to add. p50, p95 and p99 of the
response times are compared with those of the last third, which nothing was learned from. Exits with 1 where workers
at 80% load or a median (the mean of the makings) are not as wanted, or where a percentile is more than 10% apart and
that is not chance (99%, Holm's correction over all percentiles).
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from benchmarks.gate_power import missed as significantly_missed
from benchmarks.learned_systems import MEDIANS_S, SYSTEMS, WORKERS, System, drive
from harness.analyse.learning.censored_tail import percentile
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.learn.estimate import STATISTICS, held_back, learn
from harness.learn.written_files import SCENARIO, written_texts
from harness.model.learned import Learned
from harness.model.policy import Policy
from harness.model.verdict import Measurement
from harness.record.reader import Record
from harness.twin.simulation import simulate
from mock_upstream.config.toml import build

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "learned"
SOURCES = {"journal": "journal.jsonl", "nginx": "access.log"}
REPLAYS, NO_REPLAY = ("lab", "twin"), "none"
MAKINGS = {"fixed": 1, "exponential": 4, "lognormal": 1}
CALLS, LEARNED_SHARE, WARMUP_S, TWIN_SEEDS = 5400, 2 / 3, 2.0, 5
WORKERS_APART, MEDIAN_RATIO, REPLAY_RATIO = 1, 0.03, 0.10
SHOWN = ("replayed", "replayed_low", "replayed_high", "held", "low", "high")
NO_RETRIES = {
    "name": "none", "session": {"trust_env": False}, "adapter": {"pool_maxsize": 1000},
    "timeout": {"connect_s": 5.0, "read_s": 30.0},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What one source of one making gave, in milliseconds. `replays` are those of lab or twin, by percentile."""

    system: str
    making: int
    source: str
    replay: str
    workers: float | None
    low: float | None
    high: float | None
    median_ms: float
    median_low: float | None
    median_high: float | None
    true_ms: float
    replays: dict[str, dict[str, float | None]]


def found_in(system: System, making: int, source: str, folder: Path, replay: str) -> Found:
    """Learns from the first two thirds of one source, replays if wanted, and compares with the last third."""
    path = folder / SOURCES[source]
    learned = learn([path], first_share=LEARNED_SHARE)
    workers = learned.workers
    return Found(
        system.name, making, source, replay,
        None if workers is None else workers.value, None if workers is None else workers.low,
        None if workers is None else workers.high,
        1e3 * learned.service[0].number, _ms(learned.service[0].low), _ms(learned.service[0].high),
        1e3 * MEDIANS_S[system.law],
        {} if replay == NO_REPLAY else _compared(learned, path, source, replay),
    )  # fmt: skip


def _compared(learned: Learned, path: Path, source: str, replay: str) -> dict[str, dict[str, float | None]]:
    """The percentiles of a replay beside those of the last third."""
    held = held_back([path], "", LEARNED_SHARE)
    with tempfile.TemporaryDirectory() as name:
        replayed = tuple(_percentiles(_replayed_s(learned, Path(name), source, replay)))
    return {
        name: {
            "held": 1e3 * a.number, "low": _ms(a.low), "high": _ms(a.high),
            "replayed": 1e3 * b.number, "replayed_low": _ms(b.low), "replayed_high": _ms(b.high),
        }
        for name, a, b in zip(STATISTICS, held, replayed, strict=True)
    }  # fmt: skip


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1e3 * seconds


def _replayed_s(learned: Learned, folder: Path, source: str, replay: str) -> NDArray[np.float64]:
    """The response times of a replay after its first seconds, in order."""
    for name, text in written_texts(learned).items():
        (folder / name).write_text(text)
    written = read_scenario(str(folder / SCENARIO))
    policy = build(Policy, NO_RETRIES, "none")
    if replay == "lab":
        return _of_lab(run_plan(Plan(policy, written.scenario, written.upstream), folder / "runs"), source)
    overhead_s = learned.overhead_s or 0.0  # It is in the times of the source, and not in the service times.
    first = written.scenario.seed
    seeded = (written.scenario.model_copy(update={"seed": first + n}) for n in range(TWIN_SEEDS))
    tables = [simulate(policy, each, written.upstream, overhead_s).attempts_table for each in seeded]
    return np.concatenate([_counted(rows["started_s"], rows["first_byte_s"]) for rows in tables])


def _of_lab(record: Record, source: str) -> NDArray[np.float64]:
    """Of the client's attempts for a journal, of the upstream's own ledger for a server's log."""
    if source == "journal":
        rows = record.table("attempts").sort_values("started_s")
        return _counted(rows["started_s"], rows["first_byte_s"] - rows["connect_s"])
    rows = record.table("served").sort_values("arrived_s")
    return _counted(rows["arrived_s"], rows["ended_s"] - rows["arrived_s"])


def _counted(at_s: pd.Series[float], response_s: pd.Series[float]) -> NDArray[np.float64]:
    return response_s[at_s >= WARMUP_S].to_numpy(float)


def _percentiles(response_s: NDArray[np.float64]) -> Iterator[Measurement]:
    for name in STATISTICS:
        yield percentile(f"response.{name}", name, response_s, np.zeros(len(response_s), dtype=bool))


def misses(found: Found, load: float) -> list[str]:
    """What is not as wanted of one making: workers at 80% load."""
    near = found.workers is not None and abs(found.workers - WORKERS) <= WORKERS_APART
    return ["workers"] if load >= 0.8 and not near else []


def medians_apart(every: Iterable[Found]) -> dict[str, float]:
    """How far the median of service times is from the truth, as the mean of all makings, by system and source."""
    ratios = defaultdict[str, dict[int, float]](dict)
    for each in every:
        ratios[f"{each.system}, {each.source}"][each.making] = each.median_ms / each.true_ms - 1
    return {which: float(np.mean([*by_making.values()])) for which, by_making in ratios.items()}


def replay_chances(found: Found) -> Iterator[tuple[str, float]]:
    """Each replayed percentile with the chance of such a difference if both samples are of one distribution.

    The chance is 1 within 10%. The standard errors are those of the logarithms, by the 95% intervals.
    """
    for name, each in found.replays.items():
        apart = float(np.log(float(each["replayed"] or 0) / float(each["held"] or 1)))
        near = abs(float(np.expm1(apart))) <= REPLAY_RATIO
        noise = float(np.hypot(_log_error(each, ""), _log_error(each, "replayed_")))
        yield (
            f"{found.system}, {found.source}, {found.replay}: {name}",
            1.0 if near else float(2 * norm.sf(abs(apart) / noise)),
        )


def _log_error(each: dict[str, float | None], prefix: str) -> float:
    """The standard error of a percentile's logarithm; an open side is as far as the other one."""
    value = float(each[prefix.rstrip("_") or "held"] or 0)
    sides = [each[f"{prefix}{side}"] for side in ("low", "high")]
    known = [abs(float(np.log(side / value))) for side in sides if side]
    return float(np.mean(known)) / float(norm.ppf(0.975)) if known else float("inf")


def _driven(system: System, making: int, options: argparse.Namespace) -> Path:
    """The folder with both sources of a making, which is driven where they are missing."""
    folder = KEPT / "sources" / _slug(system, making, options)
    if options.again or not all((folder / name).exists() for name in SOURCES.values()):
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            with socket.create_server(("127.0.0.1", 0)) as listener:
                port = int(listener.getsockname()[1])
            drive(system, Path(name), port, options.calls, making)
            folder.mkdir(parents=True, exist_ok=True)
            for source in SOURCES.values():
                shutil.copy(Path(name) / source, folder / source)
    return folder


def _kept(
    system: System, making: int, folder: Path, replay: str, options: argparse.Namespace
) -> Iterator[Found]:
    path = KEPT / f"{_slug(system, making, options)}-{replay}.json"
    if options.again or not path.exists():
        rows = [asdict(found_in(system, making, source, folder, replay)) for source in SOURCES]
        path.write_text(json.dumps(rows))
    yield from (Found(**each) for each in json.loads(path.read_text()))


def _results(options: argparse.Namespace) -> Iterator[tuple[System, Found]]:
    """Every making, of which the first is replayed."""
    for system in (each for each in SYSTEMS if options.only in each.name):
        for making in range(1, min(options.makings, MAKINGS[system.law]) + 1):
            folder = _driven(system, making, options)
            replays = [options.replay] if options.replay else REPLAYS
            for replay in replays if making == 1 else [NO_REPLAY]:
                for found in _kept(system, making, folder, replay, options):
                    yield system, found


def _slug(system: System, making: int, options: argparse.Namespace) -> str:
    return f"{system.name.replace(' ', '-').replace('%', '')}-{options.calls}-{making}"


def _line(found: Found, missed: list[str]) -> str:
    workers = (
        "unknown"
        if found.workers is None
        else f"{found.workers:.0f} ({found.low:.0f} – {found.high or 0:.0f})"
    )
    cells = [
        found.system,
        found.source,
        found.replay,
        workers,
        f"{found.median_ms:.1f} for {found.true_ms:.1f}",
    ]
    for each in found.replays.values():
        shown = ("?" if each[key] is None else f"{each[key]:.0f}" for key in SHOWN)
        cells.append("{} ({} – {}) for {} ({} – {})".format(*shown))
    return f"| {' | '.join([*cells, ', '.join(missed) or 'as wanted'])} |"


def main() -> int:
    """Prints the table; 1 when something is not as wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="Only systems whose name contains this.")
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--makings", type=int, default=max(MAKINGS.values()), help="At most so many of each.")
    parser.add_argument("--again", action="store_true", help="Drive each system again.")
    parser.add_argument("--replay", choices=REPLAYS, help="Only the replays of this one, not of both.")
    options = parser.parse_args()
    if shutil.which("nginx") is None:
        print("nginx is missing; install it: apt-get install nginx", file=sys.stderr)
        return 2
    print("| system | source | replay | workers | service median, ms | p50, ms | p95, ms | p99, ms | |")
    print("|---|---|---|---|---|---|---|---|---|")
    every, failed, chances = list[Found](), False, list[tuple[str, float]]()
    for system, found in _results(options):
        missed = misses(found, system.load)
        failed = failed or bool(missed)
        every.append(found)
        chances += replay_chances(found)
        print(_line(found, missed), flush=True)
    return int(_judged(every, chances) or failed)


def _judged(every: list[Found], chances: list[tuple[str, float]]) -> bool:
    """Prints what is known of all makings together; whether something is not as wanted."""
    medians = medians_apart(every)
    print(f"medians: {'; '.join(f'{which} {apart:+.1%}' for which, apart in medians.items())}")
    off = [which for which, apart in medians.items() if abs(apart) > MEDIAN_RATIO]
    print(f"medians more than {MEDIAN_RATIO:.0%} off: {'; '.join(off) or 'none'}")
    apart = [figure for figure, chance in chances if chance < 1]
    print(
        f"{len(chances) - len(apart)} of {len(chances)} within {REPLAY_RATIO:.0%}; the others: {'; '.join(apart)}"
    )
    significant = significantly_missed(chances)
    print(f"apart by more than chance: {'; '.join(significant) or 'none'}")
    return bool(off or significant)


if __name__ == "__main__":
    sys.exit(main())
