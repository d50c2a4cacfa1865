"""A rehearsed rollout for a terminal and for machines."""

from __future__ import annotations

from typing import Any

from harness.assess.rollouts import rollout_result
from harness.model.formatting import format_share
from harness.record.reader import Record
from surgeline.render.console import out
from surgeline.render.run import run_json, show_run
from surgeline.render.table import plain_table


def show_rollout(record: Record) -> None:
    """The decision and its cost, as of any run; then the plan's steps, each with the calls of both policies."""
    show_run(record)
    rollout, compared = record.run.rollout, record.table("rollout")
    if rollout is None:
        return
    table = plain_table(
        "step", "share", f"calls of {rollout.new.name}", "bad", f"calls of {rollout.old.name}", "bad"
    )
    for step, planned in enumerate(rollout.plan.steps):
        seconds = compared[compared["step"] == step]
        calls = (
            f"{int(seconds[column].sum()):,}"
            for column in ("canary_calls", "canary_bad", "baseline_calls", "baseline_bad")
        )
        table.add_row(str(step + 1), format_share(planned.share), *calls)
    out.print(table)


def rollout_json(record: Record) -> dict[str, Any]:
    """The run as `run --json` prints it, with the plan and how the rollout ended."""
    result, rollout = rollout_result(record), record.run.rollout
    return {
        **run_json(record),
        "from": rollout.old.name if rollout else None,
        "to": rollout.new.name if rollout else None,
        "plan": rollout.plan.model_dump(mode="json") if rollout else None,
        "rollout": result.model_dump(mode="json") if result else None,
    }
