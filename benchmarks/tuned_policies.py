"""Whether a search without hints finds policies that the lab confirms.

    python -m benchmarks.tuned_policies                # goes on where it stopped
    python -m benchmarks.tuned_policies --runs 0       # the searches alone
    python -m benchmarks.tuned_policies --runs 2       # at most two runs in the lab; exits with 3 before the last one

Five seeds each: on dependency-slowdown, from textbook, a policy that passes; on retry-storm, from storm-three-retries,
one that recovers. Nothing is said of what to vary. Of each search the best policies are run in the order of the twin,
with a seed that the search did not use, until one is as wanted, at most three. Exits with 1 where one is missing.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.wanted import exit_code
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.run import run_plan
from harness.model.formatting import format_interval, format_measured
from harness.model.tuning import LabCheck, TuneSpec, Tuning
from harness.model.tuning_text import settings_text
from harness.record.record_file import read_record_file, write_record_file
from harness.tuning.confirmation import checked, plan_of
from harness.tuning.knobs import knobs_of
from harness.tuning.tune import tune

KEPT = Path(__file__).parents[1] / "out" / "tuned_policies"
SEEDS, TRIALS, FIRST_SEED, UNFINISHED = 5, 48, 100, 3
CASES = (("dependency-slowdown", "textbook"), ("retry-storm", "storm-three-retries"))


@dataclass(frozen=True, slots=True)
class TunedCase:
    """One search: a scenario with a seed, and the policy from which it starts."""

    scenario: str
    policy: str
    seed: int

    @property
    def file(self) -> Path:
        """Where its result is kept."""
        return KEPT / f"{self.scenario}-{self.policy}-{self.seed}.json"

    def search(self) -> Tuning:
        """The search without any run, kept once it was made."""
        if not self.file.exists():
            written, own = read_scenario(self.scenario), read_policy(self.policy)
            spec = TuneSpec(
                policy=own,
                scenario=written.scenario.model_copy(update={"seed": self.seed}),
                upstream=written.upstream,
                knobs=knobs_of(own, []),
                trials=TRIALS,
                seeds=5,
                confirm=0,
            )
            self.keep(tune(spec, KEPT / "runs", _no_run))
            print(f"  searched: {self.scenario} {self.seed}", flush=True)
        return read_record_file(Tuning, self.file, 1, "search")

    def keep(self, found: Tuning) -> None:
        """Writes the result."""
        write_record_file(self.file, found.model_dump_json(indent=1))

    def is_as_wanted(self, check: LabCheck) -> bool:
        """Whether a run shows what is wanted of the case: a pass, or on retry-storm a recovery."""
        if self.scenario != "retry-storm":
            return check.verdict.kind == "pass"
        margins = [m for m in check.verdict.margins if m.threshold.startswith("recovery")]
        return bool(margins) and all(m.verdict == "pass" for m in margins)

    def next_number(self, found: Tuning) -> int | None:
        """The candidate to run next; None once one is as wanted, or all were run."""
        left = [number for number in found.chosen if found.check(number) is None]
        return None if self.wanted_check(found) is not None or not left else left[0]

    def wanted_check(self, found: Tuning) -> LabCheck | None:
        """The first run that is as wanted."""
        return next((check for check in found.checks if self.is_as_wanted(check)), None)

    def run_next(self, number: int) -> None:
        """Makes one run; one whose measurement was disturbed is not kept."""
        found = self.search()
        candidate = found.candidates[number]
        check = checked(candidate, run_plan(plan_of(found.spec, candidate), KEPT / "runs"))
        if check.verdict.kind == "inconclusive" and check.verdict.invalid:
            print(f"  invalid: {check.verdict.reasons[0]}", flush=True)
            return
        self.keep(found.model_copy(update={"checks": (*found.checks, check)}))
        print(f"  ran: {self.scenario} {self.seed} {check.policy}: {check.verdict.kind}", flush=True)


def cases() -> list[TunedCase]:
    """All searches."""
    return [TunedCase(*case, seed) for seed in range(FIRST_SEED, FIRST_SEED + SEEDS) for case in CASES]


def report(searches: dict[TunedCase, Tuning]) -> dict[str, bool]:
    """Prints a row for each run, and returns what is wanted with whether it holds."""
    print("| scenario | from | seed | changes | verdict | measured |\n|---|---|---|---|---|---|")
    wanted = {}
    for case, found in searches.items():
        for check in found.checks:
            changes = settings_text(found.candidates[check.number].settings)
            row = (case.scenario, case.policy, case.seed, changes, check.verdict.kind, _figures(check))
            print("| " + " | ".join(map(str, row)) + " |")
        what = "passes" if case.scenario != "retry-storm" else "recovers"
        name = f"{case.scenario} from {case.policy}, seed {case.seed}: a policy that {what}"
        wanted[name] = case.wanted_check(found) is not None
    print(f"{sum(wanted.values())} of {len(wanted)} searches found a policy that the lab confirms")
    return wanted


def _figures(check: LabCheck) -> str:
    margins = [m.measured for m in check.verdict.margins]
    return ", ".join(f"{m.name} {format_measured(m)} ({format_interval(m)}, n = {m.n:,})" for m in margins)


def _no_run(_plan: Any) -> Any:
    raise AssertionError("a search without runs makes none")


def main() -> int:
    """Makes what is missing and prints the table; 1 where a wanted policy is missing, 3 where runs are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, help="make at most so many runs in the lab")
    parser.add_argument("--searches", type=int, default=1000, help="make at most so many searches")
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    missing = [case for case in cases() if not case.file.exists()]
    for case in missing[: options.searches]:
        case.search()
    made = 0
    for case in cases():
        while (
            case.file.exists()
            and (number := case.next_number(case.search())) is not None
            and made < options.runs
        ):
            case.run_next(number)
            made += 1
    kept = {case: case.search() for case in cases() if case.file.exists()}
    wanted = report(kept)
    if len(kept) < len(cases()) or any(case.next_number(found) is not None for case, found in kept.items()):
        return UNFINISHED
    return exit_code(wanted)


if __name__ == "__main__":
    sys.exit(main())
