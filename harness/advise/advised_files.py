"""The files of an advice: answers, policy, upstream, scenario, and a page with every reason and source."""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.advisor import labels
from harness.advise.toml_lines import scalar, toml_text
from harness.model.advice_map import AdviceMap
from harness.model.advice_map_text import MAP_MARK, grid_table, grid_title, map_table, search_sentence
from harness.model.advised import Advice, AdvisedSetting
from harness.model.answers import Answers
from harness.model.verdict import Verdict

POLICY, SCENARIO, UPSTREAM, ANSWERS, PAGE = (
    "policy.toml", "scenario.toml", "upstream.toml", "answers.toml", "advice.md",
)  # fmt: skip
UNPROVEN, UNSHOWN = (
    "Advised, unproven: no run has confirmed it yet.",
    "That no policy would do is unproven: no run of the nearest policy has shown it yet.",
)


def advised_texts(
    answers: Answers, advice: Advice, proof: str, seen: AdviceMap | None = None
) -> dict[str, str]:
    """The text of each file by its name. `proof` is what runs have shown, as from `proof_text`.

    `seen` is what the twin predicts, where it is known.
    """
    named, notes = labels(answers), [f"Advised from {ANSWERS} (digest {advice.digest})."]
    return {
        ANSWERS: answers_text(answers),
        POLICY: toml_text(named, _of(advice, "policy"), notes),
        UPSTREAM: toml_text({"name": answers.name}, _of(advice, "upstream"), notes),
        SCENARIO: toml_text(named, _of(advice, "scenario"), notes),
        PAGE: advice_page(answers, advice, proof, seen),
    }


def answers_text(answers: Answers) -> str:
    """The answers as TOML, in the order of the questions."""
    tables = answers.model_dump(exclude_none=True, exclude_defaults=True)
    values = {key: value for key, value in tables.items() if not isinstance(value, dict)}
    inner = {key: value for key, value in tables.items() if isinstance(value, dict)}
    lines = [f"{key} = {scalar(value)}" for key, value in values.items()]
    for name, table in inner.items():
        lines += ["", f"[{name}]", *(f"{key} = {scalar(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def proof_text(advice: Advice, run: str = "", verdict: Verdict | None = None) -> str:
    """What the newest run with the advised files showed, as a sentence; without one, that the advice is unproven."""
    if verdict is None:
        return UNSHOWN if advice.none_because else UNPROVEN
    shown = {"pass": "confirmed it", "fail": "refuted it", "inconclusive": "could not decide it"}[
        verdict.kind
    ]
    if advice.none_because and verdict.kind == "fail":
        shown = "showed that the nearest policy would not do"
    elif advice.none_because and verdict.kind == "pass":
        shown = "showed that the nearest policy would do"
    return f"{verdict.kind.upper()}: run {run} {shown}."


def advice_page(answers: Answers, advice: Advice, proof: str, seen: AdviceMap | None = None) -> str:
    """`advice.md`: the state of proof, what was assumed, each line with its reason and its source, the prediction."""
    lines = [f"# Advice for {answers.name}", ""]
    if answers.description:
        lines += [_cell(answers.description), ""]
    if advice.none_because:
        lines += ["**No policy would do.**", "", *(f"- {why}" for why in advice.none_because), ""]
        lines += ["The files have the nearest policy, so that the lab can show it.", ""]
    lines += [f"**{proof}**", "", f"Digest of policy, scenario and upstream: `{advice.digest}`.", ""]
    lines += ["```", f"surgeline run {SCENARIO} --policy {POLICY}", "```", ""]
    if advice.assumed:
        lines += ["## Assumed, because it is unknown", "", *(f"- {each}" for each in advice.assumed), ""]
        lines += ["`surgeline learn` finds these values from a log or a journal.", ""]
    for file in ("policy", "scenario", "upstream"):
        lines += [f"## {file}.toml", "", "| line | reason | source |", "|---|---|---|"]
        lines += list(_rows(_of(advice, file)))
        lines += [""]
    if advice.in_code:
        lines += ["## In the service's code", "", "| line | reason | source |", "|---|---|---|"]
        lines += [f"| `{code}` | {_cell(why)} | {_cell(source)} |" for code, why, source in advice.in_code]
        lines += [""]
    if seen is not None:
        lines += ["## What the twin predicts", "", *_predicted(seen)]
    return "\n".join(lines)


def _predicted(seen: AdviceMap) -> Iterator[str]:
    """The states over the rate, and over the rate and a setting; or why there are none."""
    if not seen.states:
        yield from (_cell(seen.refused), "")
    else:
        yield from (MAP_MARK, "", *_table(*map_table(seen)), "")
    if seen.grid is not None:
        yield from (grid_title(seen.grid), "", *_table(*grid_table(seen.grid)), "")
    if seen.searched:
        yield from (search_sentence(seen), "")


def _table(columns: list[str], rows: list[list[str]]) -> Iterator[str]:
    for line in (columns, ["---"] * len(columns), *rows):
        yield "| " + " | ".join(map(_cell, line)) + " |"


def _rows(settings: list[AdvisedSetting]) -> Iterator[str]:
    for each in settings:
        yield f"| `{_cell(f'{each.key} = {scalar(each.value)}')}` | {_cell(each.reason)} | {_cell(each.source)} |"


def _of(advice: Advice, file: str) -> list[AdvisedSetting]:
    return [each for each in advice.settings if each.file == file]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
