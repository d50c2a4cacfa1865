"""What takes long, one step after the other, going on where it stopped: `make acceptance`.

A step is a command; it has passed when it exits with 0. Its result is kept under out/acceptance with the last commit of
the code, so that a second start goes on with what is missing for it (`--again` makes all of them again). After each
step docs/acceptance.md has the last figures of every step with their date and commit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT, PAGE = ROOT / "out" / "acceptance", ROOT / "docs" / "acceptance.md"
LAST_LINES = 12
CODE = (".", ":!docs", ":!*.md")


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and how many minutes it may take at most."""

    name: str
    command: tuple[str, ...]
    at_most_min: float = 20.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a step showed: when, on which commit, in how many seconds, and its last lines."""

    step: str
    commit: str
    at: str
    seconds: float
    passed: bool
    lines: tuple[str, ...]


def _tests(name: str, *arguments: str) -> Step:
    return Step(name, ("-m", "pytest", "-q", "-m", "acceptance", *arguments))


def _benchmark(name: str, module: str, *arguments: str, at_most_min: float = 20.0) -> Step:
    return Step(name, ("-m", f"benchmarks.{module}", *arguments), at_most_min)


STEPS = (
    _tests("tests: known answers and verdicts", "tests/load"),
    Step(
        "tests: wheel, namespaces, many URLs, alerts, services",
        ("-m", "pytest", "-q", "-m", "acceptance", "tests/e2e"),
        60.0,
    ),
    _tests("tests: frameworks", "tests/contract"),
    _tests("tests: the twin's guards", "tests/unit/harness/twin/guards"),
    _tests("tests: pages", "tests/behaviour"),
    _benchmark("mutants of changed files", "mutants", "--changed", "HEAD~20", "--size", "200"),
    _benchmark("known answers", "known_answers"),
    _benchmark("anatomy", "anatomy_cost"),
    _benchmark("judging", "judge_cost"),
    _benchmark("driver", "driver_rate"),
    _benchmark("upstream throughput", "upstream_throughput"),
    _benchmark("upstream delays", "upstream_delays"),
    _benchmark("upstream memory", "upstream_memory", at_most_min=30.0),
    _benchmark("many processes", "many_processes"),
    _benchmark("coverage of intervals", "coverage", "--runs", "200", at_most_min=60.0),
    _benchmark("verdicts, simulated", "verdict_power", "--runs", "200", at_most_min=60.0),
    _benchmark("runs until decided, simulated", "until_decided", "--runs", "200", at_most_min=60.0),
    _benchmark("gates, simulated", "gate_power", "--runs", "200", at_most_min=60.0),
    _benchmark("verdicts of the shipped scenarios", "scenario_verdicts", at_most_min=180.0),
    _benchmark("range", "range_cost", at_most_min=40.0),
    _benchmark("range, ten minutes", "range_cost", "--soak", "--systems", "60", at_most_min=60.0),
    _benchmark("headroom", "range_headroom", at_most_min=40.0),
    _benchmark("limiters", "limiters"),
    _benchmark("hedging", "hedging"),
    _benchmark("rollouts, simulated", "rollout_decisions", "--runs", "300", at_most_min=60.0),
    _benchmark("rollouts", "rollout_runs", at_most_min=40.0),
    _benchmark("shadows", "shadow_runs", at_most_min=15.0),
    _benchmark("reloads under load", "reload_under_load"),
    _benchmark("instrumentation of a service", "instrument_cost"),
    _benchmark("lab against real services", "fidelity", at_most_min=40.0),
    _benchmark("twin against lab", "twin_against_lab", at_most_min=60.0),
    _benchmark("speed of the twin", "twin_speed"),
    _benchmark("learned profiles", "learned_profiles", at_most_min=60.0),
    _benchmark("learned incidents", "learned_incidents", at_most_min=40.0),
    _benchmark("hidden traffic", "learned_traffic"),
    _benchmark("tuned policies", "tuned_policies", at_most_min=60.0),
    _benchmark("advised policies", "advised_policies", at_most_min=40.0),
    _benchmark("routing", "routing_cost"),
    _benchmark("import of the runtime", "runtime_import"),
    _benchmark("pages", "dashboard_paint", at_most_min=40.0),
    _benchmark("reading a live run", "dashboard_reading"),
    _benchmark("stopped runs", "stop_signals"),
    _benchmark("state machines", "state_machines", at_most_min=60.0),
    _benchmark("killed runs", "endurance", at_most_min=60.0),
    _benchmark("an hour of everything", "soak", at_most_min=80.0),
    _benchmark("damaged files and bad command lines", "fuzz_inputs", at_most_min=40.0),
    _benchmark("comparisons", "compare_truth", at_most_min=40.0),
    _benchmark("comparisons, simulated", "compare_coverage", "--count", "100", at_most_min=40.0),
)


def main() -> int:
    """Makes the steps that are missing and writes the page; 0 when every step has passed on this commit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--again", action="store_true", help="Make every step again.")
    parser.add_argument("--only", default="", help="Only the steps whose name contains this.")
    options = parser.parse_args()
    commit = _commit()
    for step in STEPS:
        known = _kept(step)
        if options.only not in step.name or (known and known.commit == commit and not options.again):
            continue
        print(f"{step.name}: {' '.join(step.command)}", flush=True)
        _keep(_made(step, commit))
        PAGE.write_text(_page(_results()), encoding="utf-8")
    results = _results()
    for step, result in results:
        print(f"{'✓' if result and result.passed else '✗'} {step.name}")
    return int(not all(result and result.passed and result.commit == commit for _, result in results))


def _commit() -> str:
    """The last commit that changed more than documentation; "-dirty" where such a change is not committed yet."""
    last = _git("log", "-1", "--format=%h", "--", *CODE)
    return last + ("-dirty" if _git("status", "--porcelain", "--", *CODE) else "") if last else "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _made(step: Step, commit: str) -> Result:
    began_s = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, *step.command], cwd=ROOT, capture_output=True, text=True, check=False,
            timeout=60.0 * step.at_most_min,
        )  # fmt: skip
        passed, said = done.returncode == 0, done.stdout or done.stderr
    except subprocess.TimeoutExpired:
        passed, said = False, f"It was not over after {step.at_most_min:.0f} minutes."
    lines = tuple(line.rstrip() for line in said.splitlines() if line.strip())[-LAST_LINES:]
    at = datetime.now(UTC).isoformat(timespec="minutes")
    return Result(step.name, commit, at, time.monotonic() - began_s, passed, lines)


def _results() -> list[tuple[Step, Result | None]]:
    return [(step, _kept(step)) for step in STEPS]


def _file(step: Step) -> Path:
    return KEPT / f"{step.name.replace(':', '').replace(',', '').replace(' ', '-')}.json"


def _kept(step: Step) -> Result | None:
    try:
        found = json.loads(_file(step).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Result(**{**found, "lines": tuple(found["lines"])})


def _keep(result: Result) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    (step,) = (step for step in STEPS if step.name == result.step)
    _file(step).write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")


def _page(results: list[tuple[Step, Result | None]]) -> str:
    parts = [
        "# Acceptance\n",
        "What `make acceptance` saw last: a step has passed when its command exits with 0.\n",
        "| step | result | commit | date | time |\n|---|---|---|---|---|",
    ]
    for step, result in results:
        cells = (
            (
                "passed" if result.passed else "**failed**",
                f"`{result.commit}`",
                result.at,
                f"{result.seconds:.0f} s",
            )
            if result is not None
            else ("not made yet", "", "", "")
        )
        parts.append(f"| {step.name} | {' | '.join(cells)} |")
    for step, result in results:
        if result is not None and result.lines:
            shown = "\n".join(result.lines)
            parts.append(
                f"\n## {step.name.capitalize()}\n\n`python {' '.join(step.command)}`\n\n```text\n{shown}\n```"
            )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
