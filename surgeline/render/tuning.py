"""A search for a better policy, for a terminal and for machines. What is predicted is marked so."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from harness.model.calibration import calibration_sentence
from harness.model.decision_text import decision_text
from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.tuning import OBJECTIVES, Candidate, LabCheck, Tuning
from harness.model.tuning_text import outcome_text, refused_text, settings_text
from harness.twin.limits import MARK
from surgeline.render.console import out
from surgeline.render.run import MARKS
from surgeline.render.table import dimmed, plain_table, subject

FRONT_AT_MOST = 12
HEADERS = ("goodput in incident", "p99 before it", "attempts per call")


def progress_line(found: Tuning) -> Text:
    """What the last step showed."""
    if found.checks:
        check = found.checks[-1]
        word, colour = MARKS[check.verdict.kind]
        return Text.assemble(f"  {check.policy}: ", (word, colour), f"  run {check.run}")
    best = sum(each.best for each in found.candidates)
    kept = sum(each.keeps for each in found.candidates)
    return Text(
        f"  {len(found.candidates)} policies tried, {kept} predicted to keep the SLO, {best} on the Pareto front"
    )


def show_tuning(found: Tuning, file: str) -> None:
    """The Pareto front, the runs in the lab beside it, the knobs that were refused, and the result."""
    spec = found.spec
    out.print(subject(spec.scenario.name, spec.policy.name, f"  seed {spec.scenario.seed}"))
    out.print(f"search {found.id}", style="dim", soft_wrap=True)
    out.print(MARK, style="yellow", soft_wrap=True)
    out.print(calibration_sentence(spec.calibration), soft_wrap=True)
    out.print(_front(found))
    for each in shown_candidates(found)[1:]:
        out.print(f"policy {each.number}: {settings_text(each.settings)}", soft_wrap=True)
    for knob in found.refused:
        out.print(refused_text(knob, spec.scenario.name), style="dim", soft_wrap=True)
    if found.left_out:
        out.print(
            f"thresholds that the twin does not judge: {', '.join(found.left_out)}",
            style="dim",
            soft_wrap=True,
        )
    if found.checks:
        out.print(_lab(found))
        for check in found.checks:
            out.print(f"run {check.run}", style="dim", soft_wrap=True)
    if found.decision is not None:
        out.print(decision_text(found.decision), soft_wrap=True)
    out.print(Text(outcome_text(found), "bold"), soft_wrap=True)
    if file:
        out.print(f"Written: {file}", soft_wrap=True)


def tuning_json(found: Tuning, file: str) -> dict[str, Any]:
    """The same for machines; `candidates` are predicted, `checks` are runs of the lab."""
    return {
        "search": found.id,
        "policy": found.spec.policy.name,
        "scenario": found.spec.scenario.name,
        "seed": found.spec.scenario.seed,
        "knobs": [knob.model_dump() for knob in found.spec.knobs],
        "refused": [knob.key for knob in found.refused],
        "left_out": list(found.left_out),
        "candidates": [{"predicted_only": True, **each.model_dump(mode="json")} for each in found.candidates],
        "front": [each.number for each in found.candidates if each.best],
        "chosen": list(found.chosen),
        "checks": [
            {**each.model_dump(mode="json"), "confirmed": each.number > 0 and each.confirmed}
            for each in found.checks
        ],
        "decision": None if found.decision is None else found.decision.model_dump(mode="json"),
        "winner": found.winner,
        "written": file,
    }


def _front(found: Tuning) -> Table:
    """The best policies, those to confirm first, below the one that one has; their changes in a line of their own."""
    table = plain_table("predicted", *HEADERS, "SLO")
    for each in shown_candidates(found):
        name = found.spec.policy.name if each.number == 0 else f"policy {each.number}"
        table.add_row(name, *(_predicted(each, o.name) for o in OBJECTIVES), _kept(each))
    return table


def shown_candidates(found: Tuning) -> list[Candidate]:
    """The policy that one has, the chosen ones, then the rest of the front, at most twelve."""
    best = [each for each in found.candidates[1:] if each.best or each.number in found.chosen]
    order = {number: place for place, number in enumerate(found.chosen)}
    best.sort(key=lambda each: order.get(each.number, len(order)))
    return [*found.candidates[:1], *best[:FRONT_AT_MOST]]


def _predicted(candidate: Candidate, name: str) -> Text:
    m = candidate.predicted[name]
    return dimmed(format_value(m.number, m.unit), f"[{format_interval(m)}]")


def _kept(candidate: Candidate) -> str:
    return "kept" if candidate.keeps else f"{len(candidate.beyond)} beyond the limit"


def _lab(found: Tuning) -> Table:
    table = plain_table("in the lab", *HEADERS, "verdict")
    for check in found.checks:
        word, colour = MARKS[check.verdict.kind]
        table.add_row(check.policy, *(_measured(check, o.name) for o in OBJECTIVES), Text(word, colour))
    return table


def _measured(check: LabCheck, name: str) -> Text:
    m = check.measured.get(name)
    if m is None:
        return Text("–")
    return dimmed(format_measured(m), f"[{format_interval(m)}]")
