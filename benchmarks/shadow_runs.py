"""Whether a shadow finds corrupt bodies that only the new policy gets, and accuses no identical policy, in real runs.

    python -m benchmarks.shadow_runs --seeds 10

For each seed, `baseline` is played twice for 15 s at 100/s while each call is repeated. The upstream damages one body
in five of the requests with a header that only the policy `next` sends, and answers 3% of all with 503. So the
responses of `next` must be shown to differ, and those of `careful` as its own shadow must not. A run is kept under
out/, so that the benchmark can be continued; `--at-most N` makes N more and stops. Exits 1 where one of the runs ends
otherwise, 3 where runs are left to be made.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.assess.rollouts import shadow_result
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario, with_seed
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.policy import Policy
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.rollout import RolloutPlan
from harness.model.shadow_result import ShadowResult

FOLDER = Path(__file__).parents[1] / "out" / "shadow_runs"
PLAN = RolloutPlan.model_validate({"name": "all", "shadow": {"share": 1.0}}, strict=False)
FAULTS = (
    '[{at_s = 1.0, fault = {kind = "garble", ratio = 0.2, header = {X-Api = "2"}}},'
    ' {at_s = 0.1, fault = {kind = "status", status = 503, ratio = 0.03}}]'
)
SETTINGS = (
    "scenario.arrivals.0.rate_per_s=100", "scenario.arrivals.0.duration_s=15", f"scenario.timeline={FAULTS}",
)  # fmt: skip
WANTED = {"next": ("differs",), "careful": ("same", "undecided")}


def main() -> int:
    """Prints how the runs of each policy ended; 1 where one is missed, 3 where runs are left to be made."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--at-most", type=int, default=10_000)
    options = parser.parse_args()
    left, missed = options.at_most, 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for new, wanted in WANTED.items():
        found = list[ShadowResult]()
        for seed in range(1, options.seeds + 1):
            kept = FOLDER / f"{new}-{seed}.json"
            if not kept.exists():
                if not left:
                    return 3
                left -= 1
                kept.write_text(made(new, seed).model_dump_json(indent=1), encoding="utf-8")
            found.append(ShadowResult.model_validate_json(kept.read_text(encoding="utf-8")))
        states = [result.state for result in found]
        counts = ", ".join(f"{state} {states.count(state)}" for state in dict.fromkeys(states))
        repeated = sum(result.new.calls + result.old.calls for result in found)
        print(f"careful, shadowed by {new}: {counts} of {len(found)} (n = {repeated:,} repetitions)")
        missed += sum(state not in wanted for state in states)
    print(f"✗ {missed} runs ended otherwise" if missed else "✓ every shadow ended as wanted")
    return int(bool(missed))


def made(new: str, seed: int) -> ShadowResult:
    """One run, whose record stays under out/."""
    written, careful = read_scenario("baseline", read_overrides(SETTINGS)), read_policy("careful")
    following = Policy.model_validate(
        {**careful.model_dump(), "name": "next", "session": {"headers": {"X-Api": "2"}}}
    )
    rollout = RehearsedRollout(
        old=careful, new=following if new == "next" else careful, plan=PLAN, shadow=True
    )
    plan = Plan(rollout.policy, with_seed(written.scenario, seed), written.upstream, rollout=rollout)
    result = shadow_result(run_plan(plan, FOLDER / "runs"))
    assert result is not None
    return result


if __name__ == "__main__":
    sys.exit(main())
