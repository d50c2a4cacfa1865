"""From a command's arguments to a plan, and from a plan to a recorded run with its progress shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from harness.inputs.overrides import Overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import Written, with_seed
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.settings import runs_folder
from harness.record.reader import Record
from surgeline.render.console import announce, progress


def plan_for(
    policy: str,
    written: Written,
    overrides: Overrides,
    seed: int | None = None,
    target: str = "",
    allowed: Sequence[str] = (),
) -> Plan:
    """One policy under a scenario that was read. Raises ConfigError for what cannot be run."""
    scenario = with_seed(written.scenario, seed)
    plan = Plan(read_policy(policy, overrides), scenario, written.upstream, target, tuple(allowed))
    plan.check()
    return plan


def recorded_run(plan: Plan, title: str, token_file: str = "") -> Record:
    """The plan's run, recorded in the runs folder. Workers that it waits for find its token in the file."""
    with progress(title, plan.scenario.duration_s) as watch:
        record = run_plan(plan, runs_folder(), watch, partial(announce, token_file=token_file))
    _prepare_page(record)
    return record


def _prepare_page(record: Record) -> None:
    """Imports here, because pandas takes most of a second, for which no run should wait."""
    from dashboard.data.computed_frames import prepare_frames

    prepare_frames(record)
