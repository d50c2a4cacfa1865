"""Records of rehearsed rollouts, as the driver would write them, without a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.assess.runs import judged_end
from harness.drive.driven_rollout import RolloutRow, row_of
from harness.drive.driven_shadow import ShadowRow
from harness.model.call import Call, Outcome
from harness.model.policy import Policy
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.rollout import RolloutPlan, RolloutStep
from harness.record.reader import open_run
from harness.record.rows import call_row
from harness.record.writer import RunWriter, create, finish
from harness.session.rollout.decision import ArmSecond, RolloutDecision
from harness.session.rollout.shadow_counts import By, ShadowCounts
from tests.unit.dashboard import made_runs

PLAN = RolloutPlan(name="short", steps=(RolloutStep(share=0.25, at_most_s=60),), slow_s=1.0)
ROLLOUT = RehearsedRollout(old=Policy(name="careful"), new=Policy(name="textbook"), plan=PLAN)
CANARY, BASELINE = 10, 30
Bad = Callable[[int], tuple[int, int]]
"""How many calls of canary and baseline are bad in a second of 40 calls."""


def worse(second: int) -> tuple[int, int]:
    """Half of the canary's calls are bad from the 10th second on."""
    return (5, 1) if second >= 10 else (0, 0)


def better(second: int) -> tuple[int, int]:
    """A tenth of the baseline's calls are bad."""
    return 0, 3


def rows_of(bad: Bad, seconds: int) -> list[RolloutRow]:
    """The rows of the table `rollout`."""
    decision, rows = RolloutDecision(PLAN), list[RolloutRow]()
    decision.listeners.append(lambda second: rows.append(row_of(second, -1.0, 0)))
    for second in range(seconds):
        canary, baseline = bad(second)
        decision.add(ArmSecond(CANARY, canary), ArmSecond(BASELINE, baseline))
    return rows


def calls_of(bad: Bad, seconds: int) -> list[Call]:
    """The calls of these seconds, spread over each."""
    found = []
    for second in range(seconds):
        arms = zip(("canary", "baseline"), (CANARY, BASELINE), bad(second), strict=True)
        for arm, calls, broken in arms:
            for number in range(calls):
                started_s = second + (number + 0.5) / calls
                call = Call(
                    len(found), 0, "GET", "/orders", started_s, started_s, started_s, started_s + 0.02
                )
                call.outcome = Outcome.READ_TIMEOUT if number < broken else Outcome.OK
                call.arm = arm
                found.append(call)
    return found


def recorded(root: Path, bad: Bad, seconds: int = 30, *, ended: bool = True) -> Path:
    """The folder of a run whose rollout ended as its counts say; without `ended` it is live."""
    scenario = made_runs.scenario(duration_s=float(max(1, seconds)))
    run = made_runs.run_of(ROLLOUT.policy, scenario, made_runs.STARTED)
    folder = create(root, run.model_copy(update={"rollout": ROLLOUT}))
    writer = RunWriter(folder, (*made_runs.TABLES, "rollout"))
    writer["calls"].extend(map(call_row, calls_of(bad, seconds)))
    writer["rollout"].extend(rows_of(bad, seconds))
    writer.close()
    if ended:
        finish(folder, judged_end(open_run(folder), None))
    return folder


SHADOWED = RehearsedRollout(old=Policy(name="careful"), new=Policy(name="textbook"), plan=PLAN, shadow=True)
Different = Callable[[int, By], list[str]]
"""What differs in a repetition, by its number and by who repeats it."""


def alike(_: int, by: By) -> list[str]:
    """No response differs."""
    return []


def corrupt(number: int, by: By) -> list[str]:
    """A tenth of the new policy's responses has another total."""
    return ["body.total"] if by == "new" and number % 10 == 0 else []


def noisy(number: int, by: By) -> list[str]:
    """A third of the responses of both differs."""
    return ["body.at"] if number % 3 == 0 else []


def shadow_rows(different: Different, repetitions: int, dropped: int = 0) -> list[ShadowRow]:
    """The rows of the table `shadow`: 40 repetitions a second, in turn by both policies."""
    counts, rows = ShadowCounts(), list[ShadowRow]()
    for number in range(repetitions):
        by: By = "new" if number % 2 == 0 else "old"
        names = different(number // 2, by)
        counts.add(by, names)
        seen = counts.evidence
        rows.append(
            ShadowRow(
                (number + 0.5) / 40, number, 0, "GET", "/orders", by, "\n".join(names), False,
                seen["difference"], seen["no difference"],
            )
        )  # fmt: skip
    return rows + [rows[-1]._replace(repeated_by="", different="")] * dropped


def recorded_shadow(
    root: Path, different: Different, repetitions: int = 1600, dropped: int = 0, *, ended: bool = True
) -> Path:
    """The folder of a run whose shadow has repeated so many calls; without `ended` it is live."""
    scenario = made_runs.scenario(duration_s=max(1.0, repetitions / 40))
    run = made_runs.run_of(SHADOWED.policy, scenario, made_runs.STARTED)
    folder = create(root, run.model_copy(update={"rollout": SHADOWED}))
    writer = RunWriter(folder, (*made_runs.TABLES, "shadow"))
    writer["calls"].extend(map(call_row, calls_of(better, max(1, repetitions // 40))))
    writer["shadow"].extend(shadow_rows(different, repetitions, dropped) if repetitions else ())
    writer.close()
    if ended:
        finish(folder, judged_end(open_run(folder), None))
    return folder
