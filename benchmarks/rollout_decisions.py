"""How often a canary is rolled back or promoted wrongly, looked at every second, and how soon a bad one is found.

    python -m benchmarks.rollout_decisions --runs 2000

Each run is a rollout of 600 s at 200 calls/s, half of them to the canary, unless the row says otherwise. Identical
versions must be rolled back in at most 5% of the runs, and a canary at the margin of 1.5 times be promoted in at most
5%, whether bad calls come one by one, five at a time, or in outages of the upstream that meet both versions. Exits 1
where a share is significantly above (99%, Holm's correction), or a time is above its limit.

The second table has services of 4 and 16 processes with the same traffic in all. Where each process decides by its own
counts, the first one that is wrong makes the service wrong, and the last one that notices makes it late; counts that
are shared must keep the limits above. The third has shadows, looked at after each of 5,000 repetitions. The last rows
show what the usual rules of progressive delivery do with identical versions: each has 30 checks of 60 requests, or ten
looks at minutes that resemble each other.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from math import inf
from statistics import median

import numpy as np
from scipy.stats import mannwhitneyu

from benchmarks.compiled_evidence import compile_evidence
from benchmarks.rollout_draws import BAD, RATE_PER_S, SECONDS, Draw, alone, in_fives
from benchmarks.rollout_fleets import FLEETS, fleet_made
from benchmarks.shadow_differences import SHADOWS, shadow_made
from benchmarks.simulated_cells import Made, cells, too_often
from harness.model.quantile import quantile
from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.decision import ArmSecond, RolloutDecision

SOURCES = (
    "benchmarks/rollout_draws.py",
    "benchmarks/rollout_decisions.py",
    "harness/model/rollout.py",
    *(f"harness/session/rollout/{name}.py" for name in ("evidence", "bad_counts", "decision")),
)
ALLOWED = 0.05
HALF = RolloutPlan(name="half", steps=(RolloutStep(share=0.5, at_most_s=SECONDS),))
STEPS = RolloutPlan(name="steps")


@dataclass(frozen=True, slots=True)
class Rollout:
    """A canary whose calls are bad `times` as often as the baseline's; `outages` of 3 s a minute make 30% of both bad.

    In an outage those of the canary are bad `times_in_outage` as often.

    `wanted` is what must not happen too often, or the median of seconds within which it must be rolled back.
    """

    name: str
    wanted: str | float
    times: float = 1.0
    bad: float = BAD
    draw: Draw = alone
    outages: bool = False
    times_in_outage: float = 1.0
    plan: RolloutPlan = field(default=HALF)
    rate_per_s: float = RATE_PER_S


ROLLOUTS = {
    r.name: r
    for r in (
        Rollout("identical", "rolled back"),
        Rollout("identical, 5% bad", "rolled back", bad=0.05),
        Rollout("identical, bursts of five", "rolled back", draw=in_fives),
        Rollout("identical, outages", "rolled back", outages=True),
        Rollout("identical, 1% – 5% – 25% of 1,000/s", "rolled back", plan=STEPS, rate_per_s=1000.0),
        Rollout("identical, the same in bursts", "rolled back", plan=STEPS, rate_per_s=1000.0, draw=in_fives),
        Rollout("1.5 times as often", "promoted", times=1.5),
        Rollout("1.5 times, bursts of five", "promoted", times=1.5, draw=in_fives),
        Rollout("1.5 times, outages", "promoted", times=1.5, outages=True),
        Rollout("1.5 times, 1% – 5% – 25% of 1,000/s", "promoted", times=1.5, plan=STEPS, rate_per_s=1000.0),
        Rollout("twice as often", 60.0, times=2.0),
        Rollout("twice as often, in outages only", 130.0, outages=True, times_in_outage=2.0),
        Rollout("four times as often", 15.0, times=4.0),
        Rollout("p99 doubled, exponential, slow above it", 15.0, bad=0.01, times=10.0),
        Rollout("all calls bad", 15.0, times=200.0),
    )
}


def made(name: str, runs: int) -> Made:
    """Of one kind of rollout: how its runs ended, and when."""
    rollout, rng = ROLLOUTS[name], np.random.default_rng([18, len(name), sum(name.encode())])
    ended = [_one(rollout, rng) for _ in range(runs)]
    return {
        "name": name,
        "states": [state for state, _ in ended],
        "seconds": [seconds for _, seconds in ended],
    }


def _one(rollout: Rollout, rng: np.random.Generator) -> tuple[str, int]:
    decision = RolloutDecision(rollout.plan)
    seconds = int(sum(step.at_most_s for step in rollout.plan.steps))
    outage = (np.arange(seconds) % 60 < 3) & rollout.outages
    share = np.where(outage, 0.3, rollout.bad)
    times = np.where(outage, rollout.times_in_outage, 1.0) * rollout.times
    sides = {}
    for step in rollout.plan.steps:  # Each share has counts of its own; the decision says which it is at.
        canary, baseline = rollout.rate_per_s * step.share, rollout.rate_per_s * (1.0 - step.share)
        bad = (
            rollout.draw(rng, canary * np.minimum(1.0, share * times)),
            rollout.draw(rng, baseline * share),
        )
        calls = (rng.poisson(canary, seconds), rng.poisson(baseline, seconds))
        sides[step.share] = [np.minimum(b, n) for b, n in zip(bad, calls, strict=True)], calls
    for second in range(seconds):
        bad, calls = sides[rollout.plan.steps[decision.step].share]
        arms = [ArmSecond(int(calls[arm][second]), int(bad[arm][second])) for arm in (0, 1)]
        if decision.add(*arms) != "comparing":
            break
    return decision.state, decision.seconds


def usual_rules(rng: np.random.Generator, runs: int) -> dict[str, float]:
    """The share of rollouts of identical versions that each usual rule rolls back."""
    failed_checks = (rng.binomial(60, BAD, size=(runs, 30)) / 60 > 0.01).sum(axis=1)
    rules = {
        "Argo Rollouts, success rate ≥ 99%, failureLimit 3": float((failed_checks > 3).mean()),
        "Flagger, success rate ≥ 99%, threshold 5": float((failed_checks >= 5).mean()),
    }
    rules["Kayenta, Mann-Whitney 98%, ten looks"] = float(np.mean([_kayenta(rng) for _ in range(runs)]))
    return rules


def _kayenta(rng: np.random.Generator) -> bool:
    series = np.zeros((2, 60))
    for minute in range(1, 60):
        series[:, minute] = 0.8 * series[:, minute - 1] + rng.standard_normal(2)
    looks = range(6, 61, 6)
    return any(mannwhitneyu(series[0, :n], series[1, :n]).pvalue < 0.02 for n in looks)


@dataclass(slots=True)
class Verdicts:
    """What was wanted of the rows so far: how often each was wrong, and the sentences of those that were late."""

    runs: int
    wrong: dict[str, int] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)

    def within(self, row: str, times: list[int], wanted: float, unit: str) -> None:
        """Half of the runs, at least, must have found it by then."""
        if len(times) < self.runs / 2 or median([*times, *[inf] * (self.runs - len(times))]) > wanted:
            self.late.append(f"{row}: wanted within {wanted:.0f} {unit}")

    def missed(self) -> list[str]:
        """A sentence for each figure that is not as wanted."""
        often = too_often(list(self.wrong.values()), self.runs, ALLOWED)
        return [*(f"{list(self.wrong)[i]} in more than {ALLOWED:.0%}" for i in often), *self.late]


def _rollouts(runs: int, verdicts: Verdicts) -> None:
    found = cells("rollout_decisions", made, list(ROLLOUTS), runs, SOURCES)
    print(
        f"{runs:,} rollouts each{'rolled back':>39} {'promoted':>9} {'open':>6}   rolled back after, median (p90)"
    )
    for cell in found:
        rollout, states = ROLLOUTS[cell["name"]], cell["states"]
        back = [s for state, s in zip(states, cell["seconds"], strict=True) if state == "rolled back"]
        shares = [states.count(state) / runs for state in ("rolled back", "promoted", "inconclusive")]
        print(
            f"{cell['name']:<44} {shares[0]:>10.1%} {shares[1]:>9.1%} {shares[2]:>6.1%}   {_times(back, 's')}"
        )
        if isinstance(rollout.wanted, str):
            verdicts.wrong[f"{cell['name']}: {rollout.wanted}"] = states.count(rollout.wanted)
        else:
            verdicts.within(cell["name"], back, rollout.wanted, "s")


def _fleets(runs: int, verdicts: Verdicts) -> None:
    sources = (*SOURCES, "benchmarks/rollout_fleets.py", "harness/session/rollout/seconds.py")
    print(
        f"\n{runs:,} services each; with own counts, {runs:,} processes"
        f"\n{'':<48} one or more rolled back, promoted   not alike   all rolled back after, median (p90)"
    )
    for cell in cells("rollout_fleets", fleet_made, list(FLEETS), runs, sources):
        fleet, ended = FLEETS[cell["name"]], cell["ended"]
        states = [{state for state, _ in service} for service in ended]
        shares = [
            sum(state in found for found in states) / len(ended) for state in ("rolled back", "promoted")
        ]
        unlike = sum(len(found) > 1 for found in states) / len(ended)
        back = [
            max(s for _, s in service)
            for service, found in zip(ended, states, strict=True)
            if found == {"rolled back"}
        ]
        print(
            f"{cell['name']:<48} {shares[0]:>23.1%} {shares[1]:>9.1%} {unlike:>11.1%}   "
            f"{_times(back, 's')}{f', {len(back) / len(ended):.0%} of the services' if back else ''}"
        )
        if fleet.shared and isinstance(fleet.wanted, str):
            verdicts.wrong[f"{cell['name']}: {fleet.wanted}"] = sum(fleet.wanted in found for found in states)
        elif fleet.shared and isinstance(fleet.wanted, float):
            verdicts.within(cell["name"], back, fleet.wanted, "s")


def _shadows(runs: int, verdicts: Verdicts) -> None:
    sources = (*SOURCES, "benchmarks/shadow_differences.py", "harness/session/rollout/shadow_counts.py")
    print(
        f"\n{runs:,} shadows each{'a difference is shown':>50} after, median (p90)   no difference is shown after"
    )
    for cell in cells("shadow_differences", shadow_made, list(SHADOWS), runs, sources):
        shadowed = SHADOWS[cell["name"]]
        found = {what: [n for n in cell[what] if n] for what in ("difference", "no difference")}
        columns = (f"{len(times) / runs:>8.1%}   {_times(times, ''):<20}" for times in found.values())
        print(f"{cell['name']:<44} {' '.join(columns)}")
        verdicts.wrong[f"{cell['name']}: {shadowed.never}"] = len(found.pop(shadowed.never))
        if shadowed.within is not None:
            (times,) = found.values()
            verdicts.within(cell["name"], times, shadowed.within, "repetitions")


def _times(times: list[int], unit: str) -> str:
    return f"{median(times):.0f} {unit} ({quantile(times, 0.9):.0f} {unit})" if times else "–"


def main() -> int:
    """Prints how each kind of rollout ends; 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    runs = parser.parse_args().runs
    verdicts = Verdicts(runs)
    compile_evidence()
    _rollouts(runs, verdicts)
    _fleets(runs, verdicts)
    _shadows(runs, verdicts)
    print("\nThe usual rules, on identical versions: rolled back")
    for rule, share in usual_rules(np.random.default_rng(18), min(runs, 1000)).items():
        print(f"{rule:<52} {share:.0%}")
    missed = verdicts.missed()
    print("\n" + ("\n".join(f"✗ {line}" for line in missed) or "✓ every share and every time is as wanted"))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
