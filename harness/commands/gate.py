"""`surgeline gate`: a run against a stored baseline, with an exit code and reports for a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from harness import files, lab, terminal
from harness.commands.exits import EXIT
from harness.commands.junit import junit
from harness.commands.markdown import markdown
from harness.commands.options import PolicyName, ScenarioName, Settings
from harness.commands.report import write as write_file
from harness.model.baseline import Baseline
from harness.model.errors import BadInput
from harness.model.slo import ThresholdSyntax, parse
from harness.model.verdict import Verdict
from harness.record.reader import Record, find_run

USUAL = ("p99(latency) < 1.2x baseline", "amplification < 1.1x baseline")


def gate(
    scenario: ScenarioName,
    policy: PolicyName,
    baseline: Annotated[Path, typer.Option(help="The baseline's file; it belongs into the repository.")],
    save: Annotated[
        bool, typer.Option("--save", help="Make the run and write it as the new baseline.")
    ] = False,
    threshold: Annotated[
        list[str], typer.Option(help=f'Added to the SLO; default: "{USUAL[0]}" and "{USUAL[1]}".')
    ] = [],
    run: Annotated[str, typer.Option(help="Judge this recorded run instead of making one.")] = "",
    settings: Settings = [],
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML here.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write a comment in Markdown here.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write a self-contained page here.")
    ] = None,
) -> None:
    """Compares a run with a stored baseline, and exits with 0, 1 (worse) or 3 (can't tell)."""
    overrides = files.overrides(settings)
    written = files.scenario(scenario, overrides)
    before = None if save else read(baseline, written.scenario.name)
    record = _recorded(lab.Plan(files.policy(policy, overrides), written.scenario, written.upstream), run)
    if before is None:
        write(baseline, record)
        return
    verdict = judged(record, before, tuple(threshold))
    _show(record, before, verdict)
    if junit_file is not None:
        write_file(junit_file, junit(record, verdict))
    if markdown_file is not None:
        write_file(markdown_file, markdown(record, before, verdict))
    if html_file is not None:
        from dashboard.report import report

        write_file(html_file, report([record], None))
    raise typer.Exit(EXIT[verdict.kind])


def read(path: Path, scenario: str) -> Baseline:
    """Reads a baseline. Raises BadInput when it is missing, broken, or of another scenario."""
    try:
        found = Baseline.model_validate_json(path.read_bytes())
    except OSError:
        raise BadInput(str(path), "", "is missing; make it with --save") from None
    except ValueError:
        raise BadInput(str(path), "", "is not a baseline; make one with --save") from None
    if found.scenario != scenario:
        raise BadInput(str(path), "scenario", f"is {found.scenario!r}, not {scenario!r}; baselines don't mix")
    return found


def write(path: Path, record: Record) -> None:
    """Writes a run as the baseline. Raises BadInput for a run that was cut short."""
    run, end = record.run, record.end
    if end is None or end.state != "complete":
        raise BadInput(run.id, "", "did not run to its end, and can't be a baseline; run it again")
    found = Baseline(
        scenario=run.scenario.name,
        policy=run.policy.name,
        seed=run.seed,
        run=run.id,
        made_at=end.ended_at,
        machine=run.machine,
        measurements=end.measurements,
    )
    write_file(path, found.model_dump_json(indent=1) + "\n")


def judged(record: Record, before: Baseline, added: tuple[str, ...]) -> Verdict:
    """The verdict on a run by its SLO and by the baseline. Raises BadInput for a threshold that can't be read."""
    from dataclasses import replace

    from harness.analyse.judge import judge
    from harness.analyse.measure import measurements

    slo = record.run.scenario.slo
    relative = any(t.relative for t in slo.parsed)
    wanted = added or (() if relative else USUAL)
    try:
        for text in wanted:
            parse(text)
    except ThresholdSyntax as error:
        raise BadInput("--threshold", text, str(error)) from None
    seen = lab.evidence(record)
    seen = replace(seen, slo=slo.model_copy(update={"thresholds": (*slo.thresholds, *wanted)}))
    return judge(seen, measurements(seen), before.measurements)


def _recorded(plan: lab.Plan, run: str) -> Record:
    """The named run, or a new one of this plan. Raises BadInput for a run of another scenario."""
    record = find_run(lab.runs_folder(), run) if run else _made(plan)
    judged_by, made_of = plan.scenario.name, record.run.scenario.name
    if made_of != judged_by:
        raise BadInput("--run", record.run.id, f"is a run of {made_of}, not {judged_by}")
    return record


def _made(plan: lab.Plan) -> Record:
    plan.check()
    with terminal.progress(plan.policy.name, plan.scenario.duration_s) as watch:
        return lab.run(plan, lab.runs_folder(), watch)


def _show(record: Record, before: Baseline, verdict: Verdict) -> None:
    run = record.run
    terminal.out.print(f"[bold]{run.scenario.name}[/] × [bold]{run.policy.name}[/] against {before.run}")
    terminal.out.print(terminal.verdict(verdict))
    if before.machine != run.machine:
        terminal.out.print(
            Text("the baseline was made on another machine; latencies may differ by that", "yellow")
        )
