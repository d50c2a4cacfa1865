"""A rehearsed rollout for a terminal and for machines."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from harness.assess.rollouts import rollout_result, shadow_result
from harness.model.formatting import format_share
from harness.model.shadow_result import FIELDS_SHOWN, ShadowResult
from harness.record.reader import Record
from surgeline.render.console import out
from surgeline.render.run import run_json, show_run
from surgeline.render.table import plain_table


def show_rollout(record: Record) -> None:
    """The decision and its cost, as of any run; then the counts of both policies."""
    show_run(record)
    rollout = record.run.rollout
    if rollout is None:
        return
    if (shadowed := shadow_result(record)) is not None:
        _show_shadow(shadowed)
        return
    compared, new, old = record.table("rollout"), rollout.new.name, rollout.old.name
    table = plain_table("step", "share", f"calls of {new}", "bad", f"calls of {old}", "bad")
    for step, planned in enumerate(rollout.plan.steps):
        seconds = compared[compared["step"] == step]
        calls = (
            f"{int(seconds[column].sum()):,}"
            for column in ("canary_calls", "canary_bad", "baseline_calls", "baseline_bad")
        )
        table.add_row(str(step + 1), format_share(planned.share), *calls)
    out.print(table)


def _show_shadow(result: ShadowResult) -> None:
    table = plain_table("repeated by", "calls", "different")
    for by in (result.new, result.old):
        table.add_row(by.policy, f"{by.calls:,}", f"{by.different:,}")
    out.print(table)
    if result.fields:
        table = plain_table("what differed", f"by {result.new.policy}", f"by {result.old.policy}")
        for field in result.fields[:FIELDS_SHOWN]:
            table.add_row(escape(field.name), f"{field.new:,}", f"{field.old:,}")
        out.print(table)


def rollout_json(record: Record) -> dict[str, Any]:
    """The run as `run --json` prints it, with the plan, and how the rollout ended or what the shadow has shown."""
    result, shadowed, rollout = rollout_result(record), shadow_result(record), record.run.rollout
    return {
        **run_json(record),
        "from": rollout.old.name if rollout else None,
        "to": rollout.new.name if rollout else None,
        "plan": rollout.plan.model_dump(mode="json") if rollout else None,
        "rollout": result.model_dump(mode="json") if result else None,
        "shadow": shadowed.model_dump(mode="json") if shadowed else None,
    }
