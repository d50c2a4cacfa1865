"""`surgeline suggest`: changes of a policy that a run's measurements support, and whether they helped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.text import Text

from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError, NotFoundError, RecordError
from harness.model.suggestion import Suggestion
from harness.model.verdict import Comparison
from harness.record.reader import Record, find_run
from harness.record.result_store import RANGES
from surgeline.commands.options import Json
from surgeline.render.console import out, print_json, progress


def suggest(
    name: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run or a range: its name, a unique part of it, or `latest`."),
    ] = "latest",
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Run the policy with and without each change, and report whether it helped."
        ),
    ] = False,
    key: Annotated[
        str, typer.Option(help="Only the change of this setting, e.g. adapter.pool_maxsize.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Suggests changes of a run's policy, as a diff with evidence. For a range, the run at its limit is used."""
    from harness.assess.runs import suggestions_for

    called, record = _run_of(runs_folder(), name)
    found = [each for each in suggestions_for(record) if key in {"", each.key}]
    results = [_verified(record, each) if verify else None for each in found]
    if as_json:
        rows = [{**each.model_dump(), "helped": result} for each, result in zip(found, results, strict=True)]
        print_json(rows)
        return
    if not found:
        out.print(f"No suggestions for {record.run.policy.name} from {record.run.id}.", soft_wrap=True)
    for each, result in zip(found, results, strict=True):
        _show(called, each, result)


def helped(comparison: Comparison, suggestion: Suggestion) -> str:
    """The result of a comparison of before and after for one suggestion, as a phrase."""
    for delta in comparison.deltas:
        if delta.measurement == suggestion.measurement:
            alone = ", between these two runs only" if delta.runs == 1 else ""
            change = f"{delta.measurement} {delta.a:.4g} → {delta.b:.4g}{alone}"
            if delta.verdict == suggestion.sign:
                return f"helped: {change}"
            if delta.verdict == "no difference shown":
                return f"no difference shown: {change}"
            return f"made it worse: {change}"
    return f"{suggestion.measurement} was not measured"


def _run_of(root: Path, name: str) -> tuple[str, Record]:
    """The run of this name, else the range of this name and its most informative run. Raises RecordError."""
    from harness.assess.ranges import most_informative_run

    try:
        record = find_run(root, name)
        return record.run.id, record
    except NotFoundError as no_run:
        try:
            found = RANGES.find(root, name)
        except NotFoundError:
            raise no_run from None
    trial = most_informative_run(found, root / found.id)
    if trial is None:
        raise RecordError(
            found.id, "", "has no valid trial, so there are no measurements to make suggestions from"
        )
    return found.id, trial


def _verified(record: Record, suggestion: Suggestion) -> str:
    from harness.assess.runs import compare_records

    run = record.run
    try:
        changed = suggestion.applied(run.policy)
    except ValidationError as error:
        raise ConfigError(
            run.policy.name, suggestion.key, f"cannot be changed: {error.errors()[0]['msg']}"
        ) from None
    records = []
    for policy in (run.policy, changed):
        plan = Plan(policy, run.scenario, run.upstream)
        with progress(policy.name, run.scenario.duration_s) as watch:
            records.append(run_plan(plan, runs_folder(), watch))
    return helped(compare_records(records), suggestion)


def _show(called: str, each: Suggestion, answer: str | None) -> None:
    out.print(Text(each.key, style="bold"))
    out.print(Text(f"  - {_value(each.now)}", style="red"))
    out.print(Text(f"  + {_value(each.then)}", style="green"))
    out.print(Text(f"  because   {each.evidence}"))
    out.print(Text(f"  expected  {each.expected}"))
    if answer is None:
        out.print(
            f"  check     surgeline suggest {called} --verify --key {each.key}", soft_wrap=True, style="dim"
        )
    else:
        out.print(Text(f"  verified  {answer}"))


def _value(value: Any) -> str:
    return "(not set)" if value is None else json.dumps(value)
