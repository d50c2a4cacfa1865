"""The command line: parse, call one function, print, exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from harness import files, inbox, lab, levers, terminal
from harness import rehearse as rehearsing
from harness.commands.doctor import doctor
from harness.commands.gate import gate
from harness.commands.ranges import range_
from harness.commands.suggest import suggest
from harness.model.advice import warnings
from harness.model.errors import BadInput
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from harness.model.verdict import Comparison
from harness.observe.queries import Prometheus
from harness.observe.scraped import scraped
from harness.record.reader import Record, find_run, list_runs
from harness.runbook import runbook
from mock_upstream.profile import Profile

EXIT = {"pass": 0, "fail": 1, "inconclusive": 3}
BAD_INPUT, INTERRUPTED = 2, 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="How much traffic a requests.Session policy carries before a slow dependency becomes an outage.",
)

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A file, or a shipped scenario's name.")
]
PolicyName = Annotated[str, typer.Option("--policy", "-p", help="A file, or a shipped policy's name.")]
PolicyNames = Annotated[
    list[str], typer.Option("--policy", "-p", help="A file or a name; give it several times.")
]
Settings = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Override, e.g. policy.adapter.pool_maxsize=5."),
]
Target = Annotated[str, typer.Option(help="Drive this URL instead of the mock upstream.")]
Allowed = Annotated[
    list[str], typer.Option("--allow-target", metavar="HOST", help="A host that may be loaded.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, a part of it, or `latest`.")]


@app.command()
def check(
    scenario: ScenarioName, policy: PolicyNames = ["careful"], settings: Settings = []
) -> None:  # fmt: skip
    """Reads the files and says what they mean, without any load."""
    overrides = files.overrides(settings)
    written = files.scenario(scenario, overrides)
    for name in policy:
        plan = _plan(name, written, overrides)
        real = lab.check(plan)
        terminal.out.print(f"✓ {plan.policy.name}: {_attempts(plan.policy)}", style="green")
        for warning in warnings(real, written.scenario.service.threads):
            terminal.out.print(f"  ! {warning}", style="yellow", markup=False)
    duration = f"{written.scenario.duration_s:.0f} s"
    terminal.out.print(
        f"✓ {written.scenario.name}: {duration} against {written.upstream.name}", style="green"
    )


@app.command()
def run(
    scenario: ScenarioName,
    policy: PolicyName,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own.")] = None,
    settings: Settings = [],
    target: Target = "",
    allow_target: Allowed = [],
    workers: Annotated[int | None, typer.Option(help="Processes of the service, on this machine.")] = None,
    expect_workers: Annotated[int, typer.Option(help="Wait for so many `surgeline worker`s instead.")] = 0,
    bind: Annotated[str, typer.Option(help="HOST:PORT where expected workers come to.")] = "127.0.0.1:5557",
    as_json: Json = False,
) -> None:
    """Drives one policy through one scenario and judges it."""
    if workers is not None:
        settings = [*settings, f"scenario.service.processes={workers}"]
    overrides = files.overrides(settings)
    plan = _plan(policy, files.scenario(scenario, overrides), overrides, seed, target, allow_target)
    if expect_workers:
        host, port = _address("--bind", bind)
        plan = replace(plan, expect_workers=expect_workers, master_host=host, master_port=port)
    record = _run(plan, plan.policy.name)
    if as_json:
        terminal.as_json(terminal.run_json(record))
    else:
        terminal.show_run(record)
    raise typer.Exit(_exit_code([record]))


@app.command()
def compare(
    scenario: ScenarioName,
    policy: PolicyNames,
    seed: Annotated[list[int], typer.Option(help="One or several; every policy meets each of them.")] = [],
    settings: Settings = [],
    report: Annotated[Path | None, typer.Option(help="Write a self-contained HTML report here.")] = None,
    target: Target = "",
    allow_target: Allowed = [],
    within: Annotated[
        str, typer.Option(help="Add seeds until every interval reaches at most so far, e.g. 5%.")
    ] = "",
    max_minutes: Annotated[float, typer.Option(help="Begin no further round after so many minutes.")] = 30.0,
    as_json: Json = False,
) -> None:
    """Drives several policies through the same arrivals and faults, in alternating order."""
    overrides = files.overrides(settings)
    written = files.scenario(scenario, overrides)
    seeds = seed or [written.scenario.seed]
    plans = [_plan(name, written, overrides, seeds[0], target, allow_target) for name in policy]
    names = [plan.policy.name for plan in plans]
    if len(set(names)) < max(2, len(names)):
        raise BadInput("--policy", ", ".join(names), "must be two or more policies with different names")
    records, result = _rounds(plans, seeds, _share(within), 60.0 * max_minutes)
    if report is not None:
        _write_report(report, records, result)
    if as_json:
        runs = [terminal.run_json(record) for record in records]
        terminal.as_json({**result.model_dump(mode="json"), "runs": runs})
    else:
        terminal.show_comparison(result, records)
    raise typer.Exit(_exit_code(records))


def _rounds(
    plans: list[lab.Plan], seeds: list[int], within: float | None, at_most_s: float
) -> tuple[list[Record], Comparison]:
    """Every policy once a round, in alternating order; with `within`, rounds until the intervals are tight."""
    from harness.analyse.rounds import next_seed

    names = [plan.policy.name for plan in plans]
    records: list[Record] = []
    began_s, made, result = monotonic(), 0, Comparison(policies=(), seeds=(), deltas=())
    while True:
        left_s = at_most_s - (monotonic() - began_s)
        seed = next_seed(seeds, made, result if made else None, within, left_s / 60.0)
        if seed is None:
            return records, result
        round_ = [replace(plan, scenario=plan.scenario.model_copy(update={"seed": seed})) for plan in plans]
        for plan in round_ if made % 2 == 0 else round_[::-1]:
            records.append(_run(plan, f"{len(records) + 1} {plan.policy.name}, seed {seed}"))
        made += 1
        records.sort(key=lambda record: names.index(record.run.policy.name))
        result = lab.comparison(records)


def _share(text: str) -> float | None:
    """Reads `5%` as 0.05; None for nothing. Raises BadInput."""
    if not text:
        return None
    number = text.removesuffix("%").strip()
    if not text.endswith("%") or not number.replace(".", "", 1).isdigit() or float(number) <= 0:
        raise BadInput("--within", text, "must be a percentage, such as 5%")
    return float(number) / 100.0


@app.command()
def rehearse(
    scenario: ScenarioName,
    policy: PolicyName,
    lever: Annotated[
        list[str],
        typer.Option("--lever", help='One a repetition: --lever "throttle --rate 120". Default: the usual.'),
    ] = [],
    after_s: Annotated[
        float, typer.Option("--after", help="Seconds from the trigger's end to the lever.")
    ] = 3.0,
    hold_s: Annotated[float, typer.Option("--hold", help="Seconds until the lever is let go again.")] = 6.0,
    runbook_path: Annotated[
        Path | None, typer.Option("--runbook", help="Write what worked, as Markdown.")
    ] = None,
    settings: Settings = [],
    as_json: Json = False,
) -> None:
    """Rehearses an incident: does it end by itself, and which lever ends it? One repetition for each."""
    overrides = files.overrides(settings)
    plan = _plan(policy, files.scenario(scenario, overrides), overrides)
    levers_ = [{"lever": name, **_lever_settings(name, rest)} for name, *rest in map(str.split, lever)]
    result = rehearsing.rehearse(plan, levers_, _run, after_s, hold_s)
    if runbook_path is not None:
        _write(runbook_path, runbook(result))
    if as_json:
        terminal.as_json(result.model_dump(mode="json"))
    else:
        terminal.show_rehearsal(result)
    alone = result.by_itself
    raise typer.Exit(0 if alone is not None and alone.recovered else 1)


@app.command()
def worker(
    master: Annotated[str, typer.Option(help="HOST:PORT of a run that was started with --expect-workers.")],
) -> None:
    """Works for a run on another machine (or this one): one more process of its service."""
    host, port = _address("--master", master)
    command = [sys.executable, "-P", "-m", "harness.drive", host, str(port)]
    os.execve(sys.executable, command, {**os.environ, "SURGELINE_STAY": "1"})  # noqa: S606 - no shell


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lever(
    run: RunName,
    name: Annotated[str, typer.Argument(metavar="LEVER", help="throttle, retries, budget, pool, threads, …")],
    context: typer.Context,
) -> None:
    """Pulls a lever of a live run: `surgeline lever latest throttle --rate 120`."""
    record = find_run(lab.runs_folder(), run)
    pulled = inbox.pull(record, {"lever": name, **_lever_settings(name, context.args)})
    if pulled.problem:
        raise BadInput(record.run.id, name, pulled.problem)
    took = f"{pulled.acknowledged} of {pulled.processes} processes"
    terminal.out.print(f"✓ {name} at {pulled.at_s:.1f} s of the run, acknowledged by {took}", style="green")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Lists the recorded runs, newest first."""
    found = list_runs(lab.runs_folder())
    if as_json:
        terminal.as_json([terminal.run_json(item) for item in found if isinstance(item, Record)])
    else:
        terminal.show_list(found)


@app.command()
def show(
    name: RunName = "latest",
    from_prometheus: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Read the run from a Prometheus that scraped it, not from its record."
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Shows one run, also a live or a killed one."""
    if from_prometheus:
        seen = scraped(Prometheus(from_prometheus), name)
        if as_json:
            terminal.as_json(terminal.scraped_json(seen, from_prometheus))
        else:
            terminal.show_scraped(seen, from_prometheus)
        return
    record = find_run(lab.runs_folder(), name)
    if as_json:
        terminal.as_json(terminal.run_json(record))
    else:
        terminal.show_run(record)


@app.command()
def report(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="One run, or several to compare.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file.")] = Path("report.html"),
) -> None:
    """Writes a self-contained HTML report of recorded runs."""
    records = [find_run(lab.runs_folder(), name) for name in names]
    result = lab.comparison(records) if len(records) > 1 else None
    _write_report(output, records, result)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def upstream(
    name: Annotated[str, typer.Argument(metavar="UPSTREAM", help="A file, or a shipped upstream's name.")],
    context: typer.Context,
) -> None:
    """Starts the mock upstream alone; further options are those of `python -m mock_upstream`."""
    path = files.find("upstream", name)
    command = [sys.executable, "-P", "-m", "mock_upstream", str(path), *context.args]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, no shell


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8501,
    host: Annotated[str, typer.Option(help="Another address than loopback, for a container.")] = "127.0.0.1",
) -> None:
    """Opens the dashboard on a loopback port."""
    from dashboard.launch import command

    line = [*command(port, lab.runs_folder()), f"--server.address={host}"]
    raise typer.Exit(subprocess.call(line))  # noqa: S603


@app.command()
def gallery(
    numbers: Annotated[list[int], typer.Argument(metavar="[TRAP]...", help="Some of them, by number.")] = [],
    as_json: Json = False,
) -> None:
    """Plays the traps of requests and urllib3, and shows each beside what is expected."""
    from harness import exhibit

    raise typer.Exit(0 if exhibit.show(numbers, as_json) else 1)


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(metavar="policy|upstream|scenario")],
) -> None:
    """Prints a file's JSON Schema, with which editors complete it."""
    kinds: dict[str, type[Policy | Scenario | Profile]] = {
        "policy": Policy,
        "upstream": Profile,
        "scenario": Scenario,
    }
    if kind not in kinds:
        raise BadInput("schema", kind, "must be policy, upstream or scenario")
    print(json.dumps(kinds[kind].model_json_schema(), indent=2))  # noqa: T201


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to put scenarios/.")] = Path(),
) -> None:
    """Copies the shipped scenarios, policies, upstreams and journeys here, to be edited."""
    made = files.init(folder)
    terminal.out.print(f"{len(made)} files in {folder / 'scenarios'}. Next:", highlight=False)
    terminal.out.print("  surgeline compare dependency-slowdown --policy textbook --policy careful")


def _plan(
    policy: str,
    written: files.Written,
    overrides: files.Overrides,
    seed: int | None = None,
    target: str = "",
    allowed: Sequence[str] = (),
) -> lab.Plan:
    scenario = written.scenario if seed is None else written.scenario.model_copy(update={"seed": seed})
    plan = lab.Plan(files.policy(policy, overrides), scenario, written.upstream, target, tuple(allowed))
    plan.check()
    return plan


def _address(option: str, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise BadInput(option, text, "must be HOST:PORT")
    return host, int(port)


def _lever_settings(name: str, arguments: Sequence[str]) -> dict[str, object]:
    """Reads `--rate 120`, `--rate=120` or `rate_per_s=120`; the start of a key is enough when it is the only one."""
    words = " ".join(arguments).replace("=", " ").split()
    if len(words) % 2:
        raise BadInput("lever", " ".join(arguments), "must be keys with values, such as --rate 120")
    known = levers.keys(name)
    found: dict[str, object] = {}
    for key, value in zip(words[::2], words[1::2], strict=True):
        wish = key.lstrip("-").replace("-", "_")
        fitting = [full for full in known if full.startswith(wish)]
        found[fitting[0] if len(fitting) == 1 else wish] = files.value(value)
    return found


def _attempts(policy: Policy) -> str:
    if policy.factory is not None:
        return f"{policy.factory} gives a Session"
    return f"at most {policy.attempts_at_most} attempts a call"


def _run(plan: lab.Plan, title: str) -> Record:
    with terminal.progress(title, plan.scenario.duration_s) as watch:
        return lab.run(plan, lab.runs_folder(), watch, terminal.announce)


def _write_report(path: Path, records: list[Record], comparison: Any) -> None:
    from dashboard.report import report as as_html

    _write(path, as_html(records, comparison))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(str(path), "", f"can't be written: {error.strerror}") from None
    terminal.err.print(f"written: {path}", highlight=False)


def _exit_code(records: list[Record]) -> int:
    codes = [EXIT[record.end.verdict.kind] for record in records if record.end is not None]
    return 1 if 1 in codes else max(codes, default=3)


app.command("range")(range_)
app.command()(gate)
app.command()(suggest)
app.command()(doctor)


def main() -> None:
    """Runs the command line; every bad input is one line and exit code 2."""
    try:
        app(standalone_mode=True)
    except BadInput as error:
        terminal.err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(BAD_INPUT)
    except lab.Interrupted as stopped:
        terminal.err.print(
            f"interrupted; what was recorded: surgeline show {stopped.record.run.id}", soft_wrap=True
        )
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        terminal.err.print("interrupted before anything was recorded")
        sys.exit(INTERRUPTED)
