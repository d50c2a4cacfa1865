"""From the words of a command to a plan, and from a plan to a recorded run with its progress shown."""

from __future__ import annotations

from collections.abc import Sequence

from harness import files, lab, terminal
from harness.record.reader import Record


def planned(
    policy: str,
    written: files.Written,
    overrides: files.Overrides,
    seed: int | None = None,
    target: str = "",
    allowed: Sequence[str] = (),
) -> lab.Plan:
    """One policy under a scenario that was read. Raises BadInput for what can't be run."""
    scenario = written.scenario if seed is None else written.scenario.model_copy(update={"seed": seed})
    plan = lab.Plan(files.policy(policy, overrides), scenario, written.upstream, target, tuple(allowed))
    plan.check()
    return plan


def driven(plan: lab.Plan, title: str) -> Record:
    """The plan's run, recorded in the runs folder."""
    with terminal.progress(title, plan.scenario.duration_s) as watch:
        return lab.run(plan, lab.runs_folder(), watch, terminal.announce)
