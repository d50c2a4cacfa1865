"""`surgeline gate`: a run against a stored baseline, with an exit code and reports for a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.settings import runs_folder
from harness.model.baseline import Baseline
from harness.model.errors import ConfigError, RecordError
from harness.model.slo import Slo, ThresholdSyntax, parse
from harness.model.verdict import Verdict
from harness.record.baseline_file import read_baseline, write_baseline
from harness.record.reader import Record, find_run
from surgeline.commands.exit_codes import EXIT
from surgeline.commands.options import PolicyName, ScenarioName, Settings
from surgeline.commands.report import write_file
from surgeline.commands.seed_series import MaxMinutes, SeedSeries, StopOnFail, UntilDecided, wants_series
from surgeline.render.console import err, out, progress
from surgeline.render.junit import junit
from surgeline.render.markdown import markdown
from surgeline.render.run import verdict_lines
from surgeline.render.table import subject

USUAL = ("p99(latency) < 1.2x baseline", "amplification < 1.1x baseline")


def gate(
    scenario: ScenarioName,
    policy: PolicyName,
    baseline: Annotated[Path, typer.Option(help="The baseline file; keep it in the repository.")],
    save: Annotated[
        bool, typer.Option("--save", help="Run the scenario and store the result as the new baseline.")
    ] = False,
    threshold: Annotated[
        list[str],
        typer.Option(help=f'A threshold to add to the SLO. Default: "{USUAL[0]}" and "{USUAL[1]}".'),
    ] = [],
    run: Annotated[str, typer.Option(help="Judge this recorded run instead of starting one.")] = "",
    settings: Settings = [],
    until_decided: UntilDecided = False,
    max_minutes: MaxMinutes = 30.0,
    stop_on_fail: StopOnFail = False,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML to this file.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write a Markdown comment to this file.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write an HTML report to this file.")
    ] = None,
) -> None:
    """Compares a run with a stored baseline, and exits with 0 (pass), 1 (worse) or 3 (inconclusive)."""
    overrides = read_overrides(settings)
    written = read_scenario(scenario, overrides)
    plan = Plan(read_policy(policy, overrides), written.scenario, written.upstream)
    if save:
        _save(baseline, _recorded(plan, run), tuple(threshold))
        return
    before = read_baseline(baseline, written.scenario.name)
    if wants_series(until_decided, stop_on_fail):
        record, verdict = _series(plan, run, before, tuple(threshold), max_minutes, stop_on_fail=stop_on_fail)
    else:
        record = _recorded(plan, run)
        verdict = judge_run(record, before, tuple(threshold))
    _show(record, before, verdict)
    _write({_junit: junit_file, markdown: markdown_file, _html: html_file}, record, before, verdict)
    raise typer.Exit(EXIT[verdict.kind])


def _save(path: Path, record: Record, added: tuple[str, ...]) -> None:
    from harness.assess.baselines import baseline_of, lateness_of

    write_baseline(path, baseline_of(record, _further(record.run.scenario.slo, added)))
    err.print(f"Wrote {path}", soft_wrap=True)
    for reason in lateness_of(record):
        err.print(
            f"Later runs may pass too easily against this baseline: {reason}.", style="yellow", soft_wrap=True
        )


def _write(
    reports: Mapping[Callable[[Record, Baseline, Verdict], str], Path | None],
    record: Record,
    before: Baseline,
    verdict: Verdict,
) -> None:
    for make, path in reports.items():
        if path is not None:
            write_file(path, make(record, before, verdict))


def _junit(record: Record, _before: Baseline, verdict: Verdict) -> str:
    return junit(record, verdict)


def _html(record: Record, _before: Baseline, _verdict: Verdict) -> str:
    from dashboard.report.html import html_report

    return html_report([record], None)


def judge_run(record: Record, before: Baseline, added: tuple[str, ...]) -> Verdict:
    """The verdict on a run by its SLO and by the baseline. Raises ConfigError for a threshold that cannot be read."""
    from harness.assess.baselines import verdict_against

    return verdict_against(record, before, _further(record.run.scenario.slo, added))


def _further(slo: Slo, added: tuple[str, ...]) -> tuple[str, ...]:
    """The thresholds beside those of the SLO: the added ones, or the usual ones where it names no baseline."""
    wanted = added or (() if any(t.relative for t in slo.parsed) else USUAL)
    try:
        for text in wanted:
            parse(text)
    except ThresholdSyntax as error:
        raise ConfigError("--threshold", text, str(error)) from None
    return wanted


def _series(
    plan: Plan, run: str, before: Baseline, added: tuple[str, ...], max_minutes: float, *, stop_on_fail: bool
) -> tuple[Record, Verdict]:
    """Runs until every threshold is decided: the last one, and the verdict on all. Raises ConfigError with `run`."""
    from harness.assess.runs import series_verdict

    if run:
        raise ConfigError("--run", run, "cannot be used with --until-decided, which makes runs of its own")
    wanted = _further(plan.scenario.slo, added)
    series = SeedSeries(plan, lambda records, last: series_verdict(records, last, before, wanted))
    verdict = series.go_on(max_minutes, stop_on_fail=stop_on_fail)
    return series.records[-1], verdict


def _recorded(plan: Plan, run: str) -> Record:
    """The named run, or a new one of this plan. Raises RecordError for a run of another scenario."""
    record = find_run(runs_folder(), run) if run else _new_run(plan)
    judged_by, made_of = plan.scenario.name, record.run.scenario.name
    if made_of != judged_by:
        raise RecordError("--run", record.run.id, f"is a run of {made_of}, not {judged_by}")
    return record


def _new_run(plan: Plan) -> Record:
    plan.check()
    with progress(plan.policy.name, plan.scenario.duration_s) as watch:
        return run_plan(plan, runs_folder(), watch)


def _show(record: Record, before: Baseline, verdict: Verdict) -> None:
    from harness.assess.baselines import unpaired_reason

    run = record.run
    out.print(subject(run.scenario.name, run.policy.name, f" against {before.run}"))
    out.print(verdict_lines(verdict))
    if why := unpaired_reason(record, before):
        out.print(Text(f"The baseline cannot be paired with this run, because {why}.", "yellow"))
    if before.machine != run.machine:
        out.print(
            Text(
                "The baseline was recorded on another machine; latencies may differ for that reason.",
                "yellow",
            )
        )
