"""`surgeline advise`: from answers about a call to a policy and a scenario, each line with its reason."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.advise.advised_files import advised_texts, proof_text
from harness.advise.advisor import advise as advised
from harness.advise.contradictions import contradictions
from harness.assess.confirmations import newest_run_of
from harness.inputs.answer_sheets import learned_upstream, read_answers
from harness.inputs.shipped_files import find_file
from harness.inputs.written_folder import write_folder
from harness.lab.settings import runs_folder
from harness.model.advice_map import AdviceMap
from harness.model.advised import Advice
from harness.model.answers import Answers
from harness.model.errors import ConfigError
from harness.record.calibration_file import calibration_of
from harness.record.reader import list_runs
from mock_upstream.profile import Profile
from surgeline.commands.options import Json
from surgeline.commands.questions import ask
from surgeline.render.advised import advice_json, show_advice
from surgeline.render.console import err, print_json

NONE_WOULD, REFUSED = 1, 2

Sheet = Annotated[
    str, typer.Argument(metavar="[ANSWERS]", help="A file of answers, or a shipped one's name; else asks.")
]
Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder for the files.")]

Twin = Annotated[
    bool,
    typer.Option("--twin/--no-twin", help="Whether the twin predicts what the advice does at other rates."),
]


def advise(sheet: Sheet = "", out: Out = Path("advised"), twin: Twin = True, as_json: Json = False) -> None:
    """Advises a policy, a scenario and an SLO from answers about a call, with a reason and a source for each line.

    The twin predicts whether the advice keeps its SLO at other rates, and searches where no policy would do. Exits
    with 1 where no policy would do, and with 2 where answers contradict each other.
    """
    answers, learned, place = _answers(sheet, out)
    if problems := contradictions(answers):
        for problem in problems:
            err.print(f"{place}: {problem}", style="red", soft_wrap=True)
        raise typer.Exit(REFUSED)
    advice = advised(answers, learned)
    proof = _proof(advice)
    written = write_folder(
        out, advised_texts(answers, advice, proof)
    )  # before the twin, which may be interrupted
    seen = _map(answers, advice) if twin else None
    write_folder(out, advised_texts(answers, advice, proof, seen))
    if as_json:
        print_json(advice_json(answers, advice, proof, written, seen))
    else:
        show_advice(answers, advice, proof, written, seen)
    if advice.none_because:
        raise typer.Exit(NONE_WOULD)


def _answers(sheet: str, folder: Path) -> tuple[Answers, Profile | None, str]:
    """The answers as they will lie in `folder`, the learned upstream, and where they come from. Raises ConfigError."""
    if sheet:
        answers, learned = read_answers(sheet)
        beside = find_file("sheet", sheet).parent
        return _moved(answers, beside, folder), learned, sheet
    if not sys.stdin.isatty():
        raise ConfigError(
            "advise", "ANSWERS", "is missing; give a file of answers, or answer the questions at a terminal"
        )
    answers = ask()
    return _moved(answers, Path(), folder), learned_upstream(answers, Path(), "advise"), "advise"


def _moved(answers: Answers, beside: Path, folder: Path) -> Answers:
    """The answers with the learned folder relative to `folder`, where they are kept with the advice."""
    learned = answers.upstream.learned
    if learned is None:
        return answers
    relative = os.path.relpath(beside / learned, folder)
    return answers.model_copy(update={"upstream": answers.upstream.model_copy(update={"learned": relative})})


def _proof(advice: Advice) -> str:
    record = newest_run_of(advice.digest, list_runs(runs_folder()))
    if record is None or record.end is None:
        return proof_text(advice)
    return proof_text(advice, record.run.id, record.end.verdict)


def _map(answers: Answers, advice: Advice) -> AdviceMap:
    """What the twin predicts of the advice, or why it predicts nothing: the advice needs no prediction."""
    try:
        from harness.twin.slo_states import advice_map
    except ConfigError as problem:
        return AdviceMap(refused=str(problem))
    return advice_map(
        advice.policy, advice.scenario, advice.upstream, search=bool(advice.none_because),
        repeatable=answers.idempotent, calibration=calibration_of(runs_folder()),
    )  # fmt: skip
