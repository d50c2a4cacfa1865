"""Whether the gate decides real runs: the candidate that the baseline is, and one 1.5 times as slow.

    python -m benchmarks.gate_runs --scenarios dependency-slowdown --times 10

For each scenario a baseline is made, then so many runs of both candidates in turn, under the policy `careful`. The
slower one has an upstream whose services take 1.5 times as long; under `dependency-slowdown` the p99 is mostly the
client's timeout, which is 1.5 times as long, too. Results are kept under out/, so that the command goes on where it
stopped. Wanted: `p99(latency) < 1.2x baseline` passes each equal candidate and fails each slower one. Exits 1
otherwise. The machine must be quiet.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from surgeline.commands.gate import USUAL

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "gate_runs"
SURGELINE = str(Path(sys.executable).parent / "surgeline")
SLOWER = {
    "dependency-slowdown": ("upstream.service_time.median_s=0.030", "policy.timeout.read_s=0.75"),
    "seasonal-peak": ("upstream.service_time.median_s=0.030",),
    "baseline": ("upstream.service_time.value_s=0.030",),
}
WANTED = {"equal": "pass", "slower": "fail"}
LONGEST_S = 600


def verdict(scenario: str, candidate: str, number: int) -> str:
    """What one run's threshold says; read where it was made before."""
    report = KEPT / f"{scenario}-{candidate}-{number}.xml"
    if not report.exists():
        settings = SLOWER[scenario] if candidate == "slower" else ()
        _gate(scenario, "--junit", str(report), *(part for each in settings for part in ("--set", each)))
    case = next(case for case in ET.parse(report).iter("testcase") if case.get("name") == USUAL[0])  # noqa: S314
    if case.find("failure") is not None:
        return "fail"
    return "pass" if case.find("error") is None else "inconclusive"


def baseline_of(scenario: str) -> Path:
    """The scenario's baseline, which is made where there is none."""
    path = KEPT / f"{scenario}.json"
    if not path.exists():
        _gate(scenario, "--save")
    return path


def _gate(scenario: str, *options: str) -> None:
    path = KEPT / f"{scenario}.json"
    command = [SURGELINE, "gate", scenario, "-p", "careful", "--baseline", str(path), *options]
    environment = {**os.environ, "SURGELINE_RUNS": str(KEPT / "runs")}
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=LONGEST_S, check=False)


def main() -> int:
    """Prints the table; 1 where a candidate is not decided as wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenarios", nargs="+", choices=[*SLOWER], default=[*SLOWER])
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    missed = 0
    print("| scenario | candidate | pass | fail | inconclusive |\n|---|---|---|---|---|")
    for scenario in options.scenarios:
        baseline_of(scenario)
        found: dict[str, list[str]] = {candidate: [] for candidate in WANTED}
        for number in range(options.times):
            for candidate, kinds in found.items():
                kinds.append(verdict(scenario, candidate, number))
        for candidate, kinds in found.items():
            counts = " | ".join(str(kinds.count(kind)) for kind in ("pass", "fail", "inconclusive"))
            print(f"| {scenario} | {candidate} | {counts} |", flush=True)
            missed += sum(kind != WANTED[candidate] for kind in kinds)
    print(f"\n{missed} not decided as wanted")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
