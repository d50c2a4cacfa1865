"""Whether `surgeline rollout` takes a bad policy back and promotes a good one, in real runs of one scenario.

    python -m benchmarks.rollout_runs --seeds 10

For each seed, `dependency-slowdown` is played once while `textbook` (long timeouts) is to take the place of `careful`,
and once the other way round, by the shipped plan `short`. The first must be rolled back, with at most 1% of all calls
of the run spoilt by the canary; the second must be promoted. A run of 45 s is kept under out/, so that the benchmark
can be stopped and continued; `--at-most N` makes N more and stops. Exits 1 where one of the runs ends otherwise.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness.assess.rollouts import rollout_result
from harness.inputs.policies import read_policy
from harness.inputs.rollouts import read_rollout_plan
from harness.inputs.scenarios import read_scenario, with_seed
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.rollout_result import RolloutResult

FOLDER = Path(__file__).parents[1] / "out" / "rollout_runs"
SCENARIO, PLAN, SPOILT_AT_MOST = "dependency-slowdown", "short", 0.01


@dataclass(frozen=True, slots=True)
class Change:
    """One policy in place of another, and how its rollout must end."""

    old: str
    new: str
    wanted: str

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.old} to {self.new}"


CHANGES = (Change("careful", "textbook", "rolled back"), Change("textbook", "careful", "promoted"))


def main() -> int:
    """Prints how each change ended; 1 where one is missed, 3 where runs are left to be made."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--at-most", type=int, default=10_000)
    options = parser.parse_args()
    left, missed, found = options.at_most, list[str](), dict[Change, list[RolloutResult]]()
    for seed in range(1, options.seeds + 1):
        for change in CHANGES:
            kept = FOLDER / f"{change.old}-{change.new}-{seed}.json"
            if not kept.exists():
                if not left:
                    return 3
                left -= 1
                FOLDER.mkdir(parents=True, exist_ok=True)
                kept.write_text(made(change, seed).model_dump_json(indent=1))
            found.setdefault(change, []).append(RolloutResult.model_validate(json.loads(kept.read_text())))
    for change, results in found.items():
        missed += told(change, results)
    print("\n".join(f"✗ {line}" for line in missed) if missed else "✓ every rollout ended as wanted")
    return int(bool(missed))


def made(change: Change, seed: int) -> RolloutResult:
    """One run, whose record stays under out/."""
    written = read_scenario(SCENARIO)
    rollout = RehearsedRollout(
        old=read_policy(change.old), new=read_policy(change.new), plan=read_rollout_plan(PLAN)
    )
    plan = Plan(rollout.policy, with_seed(written.scenario, seed), written.upstream, rollout=rollout)
    result = rollout_result(run_plan(plan, FOLDER / "runs"))
    assert result is not None
    return result


def told(change: Change, results: list[RolloutResult]) -> list[str]:
    """Prints a line for one change, and returns what was missed."""
    wanted = [result for result in results if result.state == change.wanted]
    worst = max(result.spoilt.number for result in results)
    after = f"median {median(r.decided_s or 0.0 for r in wanted):.0f} s" if wanted else "never"
    print(
        f"{change.name}: {change.wanted} in {len(wanted)} of {len(results)} ({after}), spoilt at most {worst:.2%}"
    )
    missed = [] if len(wanted) == len(results) else [f"{change.name}: not always {change.wanted}"]
    if worst > SPOILT_AT_MOST:
        missed.append(f"{change.name}: more than {SPOILT_AT_MOST:.0%} of the calls spoilt")
    return missed


if __name__ == "__main__":
    sys.exit(main())
