"""`surgeline tune`: searches a better policy in the twin, and confirms it in the lab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario, with_seed
from harness.inputs.written_folder import write_folder
from harness.lab.plan import Plan
from harness.lab.run import check_plan
from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.model.scenario import Scenario
from harness.model.tuning import TuneSpec, Tuning
from harness.record.calibration_file import calibration_of
from harness.record.interrupted_run import RunInterrupted
from harness.record.reader import Record
from harness.record.result_store import TUNINGS
from mock_upstream.process.stop_signals import Stopped
from surgeline.commands.options import (
    Backend,
    Cluster,
    Json,
    PolicyName,
    ScenarioOrNone,
    Seed,
    Settings,
    refuse_beside_resume,
)
from surgeline.commands.plans import recorded_run
from surgeline.render.console import err, print_json
from surgeline.render.tuning import progress_line, show_tuning, tuning_json

if TYPE_CHECKING:
    from harness.twin.sweep import BackendName

Vary = Annotated[
    list[str],
    typer.Option(
        metavar="KEY[=LOW..HIGH]",
        help="A setting of the policy to vary, e.g. timeout.read_s=0.1..2; repeat for more. Else the usual ones.",
    ),
]
MostAmplification = Annotated[
    float | None,
    typer.Option("--max-amplification", min=1.0, help="The most attempts per call, as a threshold."),
]
Trials = Annotated[int, typer.Option(min=1, max=2000, help="How many policies are tried in the simulation.")]
Seeds = Annotated[int, typer.Option(min=5, max=100, help="With how many seeds each policy is simulated.")]
Confirm = Annotated[
    int,
    typer.Option(min=0, max=10, help="How many of the best policies are run in the lab; 0 only predicts."),
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="The file for the winner.")]

Resumed = Annotated[
    str,
    typer.Option(
        metavar="SEARCH", help="Continue an interrupted search: its name, a unique part of it, or `latest`."
    ),
]


def tune(
    context: typer.Context,
    scenario: ScenarioOrNone = "",
    policy: PolicyName = "careful",
    vary: Vary = [],
    max_amplification: MostAmplification = None,
    trials: Trials = 64,
    seeds: Seeds = 5,
    confirm: Confirm = 3,
    out: Out = Path("tuned.toml"),
    backend: Backend = "loky",
    cluster: Cluster = "",
    resume: Resumed = "",
    seed: Seed = None,
    settings: Settings = [],
    as_json: Json = False,
) -> None:
    """Searches a better policy by simulation, and confirms the best ones in the lab beside the one that you have.

    Exits with 1 where no policy was confirmed, and with 3 where a run could not decide it.
    """
    from harness.twin.sweep import backend_of

    chosen = backend_of(backend)
    if resume:
        refuse_beside_resume(context, "out", "backend", "cluster", "as_json")
        before = TUNINGS.find(runs_folder(), resume)
        found = _searched(before.spec, chosen, cluster, before)
    elif scenario:
        counts = {"trials": trials, "seeds": seeds, "confirm": confirm}
        spec = _spec(scenario, policy, vary, settings, seed, max_amplification, counts)
        found = _searched(spec, chosen, cluster, None)
    else:
        raise ConfigError("tune", "SCENARIO", "is missing; give a scenario, or --resume SEARCH")
    file = _written(found, out)
    if as_json:
        print_json(tuning_json(found, file))
    else:
        show_tuning(found, file)
    raise typer.Exit(tuning_exit_code(found))


def _spec(
    scenario: str,
    policy: str,
    vary: list[str],
    settings: list[str],
    seed: int | None,
    most_amplification: float | None,
    counts: dict[str, int],
) -> TuneSpec:
    """What is to be searched; `counts` are those of trials, seeds and runs. Raises ConfigError."""
    from harness.tuning.knobs import knobs_of

    overrides = read_overrides(settings)
    written, own = read_scenario(scenario, overrides), read_policy(policy, overrides)
    noun = _limited(with_seed(written.scenario, seed), most_amplification)
    if counts["confirm"]:
        check_plan(Plan(own, noun, written.upstream))
    return TuneSpec(
        policy=own, scenario=noun, upstream=written.upstream, knobs=knobs_of(own, vary), **counts,
        calibration=calibration_of(runs_folder()),
    )  # fmt: skip


def _searched(spec: TuneSpec, backend: BackendName, cluster: str, interrupted: Tuning | None) -> Tuning:
    """The search, kept after each step; after an interruption a line says how it goes on."""
    from harness.tuning.tune import tune as searched

    latest = interrupted

    def notice(step: Tuning) -> None:
        nonlocal latest
        latest = step
        err.print(progress_line(step), soft_wrap=True)

    try:
        return searched(spec, runs_folder(), _made, notice, backend, cluster, interrupted)
    except (KeyboardInterrupt, Stopped, RunInterrupted):
        if latest is not None:
            err.print(f"To continue the search: surgeline tune --resume {latest.id}", soft_wrap=True)
        raise


def tuning_exit_code(found: Tuning) -> int:
    """0 with a winner, and where nothing was to be confirmed; 3 where a run is inconclusive; else 1."""
    if found.winner is not None or (found.chosen and not found.spec.confirm):
        return 0
    undecided = any(check.number and check.verdict.kind == "inconclusive" for check in found.checks)
    return 3 if undecided else 1


def _limited(scenario: Scenario, most: float | None) -> Scenario:
    """The scenario with a threshold more, where amplification is limited."""
    if most is None:
        return scenario
    thresholds = (*scenario.slo.thresholds, f"amplification <= {most:.6f}".rstrip("0").rstrip("."))
    return scenario.model_copy(update={"slo": scenario.slo.model_copy(update={"thresholds": thresholds})})


def _made(plan: Plan) -> Record:
    return recorded_run(plan, plan.policy.name)


def _written(found: Tuning, out: Path) -> str:
    """Writes the winner, or without runs the best prediction; returns the file's path, "" where there is none."""
    from harness.tuning.tuned_file import tuned_text

    number = found.winner if found.spec.confirm else next(iter(found.chosen), None)
    candidate = None if number is None else found.candidate(number)
    return "" if candidate is None else write_folder(out.parent, {out.name: tuned_text(found, candidate)})[0]
