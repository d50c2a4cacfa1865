"""Services of several processes that roll out together: each by its own counts, or all by shared ones.

A process has an equal part of the calls, half of them for the canary. Own counts are a simulation for each process.
Shared ones go through the very code that reads their file: the bad calls of a second come from any process, and one in
twenty is written a second later, because a process closes a second when its next call begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.rollout_draws import BAD, RATE_PER_S, SECONDS, Draw, alone, in_fives
from benchmarks.simulated_cells import Made
from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.decision import ArmSecond, RolloutDecision
from harness.session.rollout.seconds import JoinedSeconds, SecondOfProcess

PLAN = RolloutPlan(name="fleet", steps=(RolloutStep(share=0.5, at_most_s=SECONDS),))
HALF, LATER = 0.5, 0.05


@dataclass(frozen=True, slots=True)
class Fleet:
    """`wanted` is what must not happen too often with shared counts, or the median of seconds until all roll back."""

    processes: int
    shared: bool
    kind: str
    wanted: str | float
    times: float = 1.0
    draw: Draw = alone

    @property
    def name(self) -> str:
        """The row of the table."""
        return f"{self.processes} processes, {'shared' if self.shared else 'own'} counts: {self.kind}"

    def bad(self, rng: np.random.Generator, calls_per_s: float) -> np.ndarray:
        """Bad calls of canary and baseline in each second: two rows."""
        mean = np.full(SECONDS, HALF * calls_per_s * BAD)
        return np.array([self.draw(rng, mean * self.times), self.draw(rng, mean)])


FLEETS = {
    fleet.name: fleet
    for processes in (4, 16)
    for shared in (False, True)
    for fleet in (
        Fleet(processes, shared, "identical", "rolled back"),
        Fleet(processes, shared, "identical, bursts of five", "rolled back", draw=in_fives),
        Fleet(processes, shared, "1.5 times as often bad", "promoted", times=1.5),
        Fleet(processes, shared, "twice", 60.0, times=2.0),
        Fleet(processes, shared, "four times", 15.0, times=4.0),
    )
}


def fleet_made(name: str, runs: int) -> Made:
    """How the processes of services ended, and after how many seconds; of fewer services where each process decides."""
    fleet, rng = FLEETS[name], np.random.default_rng([24, sum(name.encode())])
    if fleet.shared:
        ended = [[_together(fleet, rng)] for _ in range(runs)]
    else:
        ended = [
            [_alone(fleet, rng) for _ in range(fleet.processes)]
            for _ in range(max(1, runs // fleet.processes))
        ]
    return {"name": name, "ended": ended}


def _alone(fleet: Fleet, rng: np.random.Generator) -> tuple[str, int]:
    calls_per_s = RATE_PER_S / fleet.processes
    decision, bad = RolloutDecision(PLAN), fleet.bad(rng, calls_per_s)
    calls = np.maximum(bad, rng.poisson(HALF * calls_per_s, size=bad.shape))
    for second in range(SECONDS):
        arms = [ArmSecond(int(calls[arm, second]), int(bad[arm, second])) for arm in (0, 1)]
        if decision.add(*arms) != "comparing":
            break
    return decision.state, decision.seconds


def _together(fleet: Fleet, rng: np.random.Generator) -> tuple[str, int]:
    joined = JoinedSeconds(RolloutDecision(PLAN))
    bad, calls = _by_process(fleet, rng, fleet.bad(rng, RATE_PER_S))
    for at in range(SECONDS + 2):
        for process in rng.permutation(fleet.processes):
            canary, baseline = (
                ArmSecond(int(calls[arm, process, at]), int(bad[arm, process, at])) for arm in (0, 1)
            )
            joined.add(SecondOfProcess(at, joined.decision.step, canary, baseline))
        if joined.decision.state != "comparing":
            break
    return joined.decision.state, joined.decision.seconds + 1  # The first line of the next second decides.


def _by_process(fleet: Fleet, rng: np.random.Generator, bad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bad calls and calls by arm, process and second; each is written in its own second or in the next."""
    equal = np.full(fleet.processes, 1.0 / fleet.processes)
    parts = np.moveaxis(rng.multinomial(bad, equal), 2, 1)
    later = rng.binomial(parts, LATER)
    written = np.zeros((2, fleet.processes, SECONDS + 2), dtype=int)
    written[:, :, :SECONDS] += parts - later
    written[:, :, 1 : SECONDS + 1] += later
    calls = rng.poisson(HALF * RATE_PER_S / fleet.processes, size=written.shape)
    return written, np.maximum(written, calls)
