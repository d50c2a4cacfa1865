"""Runs and comparisons from Python: the same as the commands of the same names, without anything printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario, with_seed
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.model.policy import Policy

if TYPE_CHECKING:
    from harness.model.verdict import Comparison
    from harness.record.reader import Record


def run(
    scenario: str | Path,
    policy: Policy | str | Path,
    *,
    seed: int | None = None,
    settings: Sequence[str] = (),
    folder: Path | None = None,
) -> Record:
    """Runs one policy through one scenario, and returns the judged record.

    `scenario` and `policy` are files or shipped names; `settings` override their values, as `--set` does. The record
    goes into `folder`, by default the runs folder. Raises ConfigError for what cannot be run.
    """
    return run_plan(_plan(scenario, policy, seed, settings), folder or runs_folder())


def compare(
    scenario: str | Path,
    policies: Sequence[Policy | str | Path],
    *,
    seeds: Sequence[int] = (),
    settings: Sequence[str] = (),
    folder: Path | None = None,
) -> tuple[Comparison, list[Record]]:
    """Runs several policies through the same arrivals and faults, in alternating order.

    Returns the comparison and the records behind it, policy by policy. Raises ConfigError for fewer than two
    policies, or two of one name.
    """
    from harness.assess.runs import compare_records

    plans = [_plan(scenario, policy, None, settings) for policy in policies]
    names = [plan.policy.name for plan in plans]
    if len(set(names)) < max(2, len(names)):
        raise ConfigError("policies", ", ".join(names), "must be two or more policies with different names")
    records = []
    for turn, seed in enumerate(seeds or [plans[0].scenario.seed]):
        seeded = [replace(plan, scenario=with_seed(plan.scenario, seed)) for plan in plans]
        records += [
            run_plan(plan, folder or runs_folder()) for plan in (seeded if turn % 2 == 0 else seeded[::-1])
        ]
    records.sort(key=lambda record: names.index(record.run.policy.name))
    return compare_records(records), records


def _plan(
    scenario: str | Path, policy: Policy | str | Path, seed: int | None, settings: Sequence[str]
) -> Plan:
    overrides = read_overrides(settings)
    written = read_scenario(str(scenario), overrides)
    declared = policy if isinstance(policy, Policy) else read_policy(str(policy), overrides)
    noun = with_seed(written.scenario, seed)
    plan = Plan(declared, noun, written.upstream)
    plan.check()
    return plan
