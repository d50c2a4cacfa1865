"""Advises a policy from answers about a call: each line with its reason, and a button that makes the run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.components import elements, job_status
from dashboard.components.address import keep_address
from dashboard.components.advice_states import show_advice_states
from dashboard.components.answer_widgets import show_questions
from dashboard.components.widgets import file_choice
from dashboard.data import advised_runs, cached
from dashboard.data.answer_form import changed, changes
from dashboard.data.background_jobs import start_job
from dashboard.data.predicted_advice import AdviceQuestion
from harness.advise.advised_files import ANSWERS, PAGE, advised_texts, proof_text
from harness.advise.advisor import advise
from harness.advise.contradictions import contradictions
from harness.advise.toml_lines import scalar
from harness.inputs.answer_sheets import learned_upstream, read_answers
from harness.inputs.shipped_files import file_names, find_file
from harness.model.advised import Advice, AdvisedFile
from harness.model.answers import Answers
from harness.model.errors import ConfigError
from harness.model.verdict import Verdict

USUAL = "read-mostly-page"
COLUMNS = ["Line", "Reason and source"]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The answers as they are on the page, and their advice."""

    answers: Answers
    advice: Advice


def page() -> None:
    """`?sheet=` names the sheet, `?set=KEY=VALUE&set=…` what is answered otherwise."""
    st.title("Advise", anchor=False)
    st.caption(
        "Answers about one kind of call become a policy, a scenario and an SLO. Each line has its reason."
    )
    try:
        sheet = _sheet()
    except ConfigError as problem:
        st.error(elements.escaped(str(problem)))
        return
    if sheet is None:
        return
    for why in sheet.advice.none_because:
        st.error(f"**No policy would do.** {elements.escaped(why)}")
    _proof(sheet)
    _run(sheet)
    _advice(sheet.advice)
    st.subheader("At other rates", anchor="rates")
    show_advice_states(_question(sheet))
    texts = advised_texts(sheet.answers, sheet.advice, _proof_text(sheet))
    with st.container(horizontal=True):
        elements.download("Advice (Markdown)", texts[PAGE], PAGE)
        elements.download("Answers (TOML)", texts[ANSWERS], ANSWERS, "application/toml")


def _sheet() -> _Sheet | None:
    """What the form says; None where answers contradict each other, which is shown. Raises ConfigError."""
    name = file_choice("sheet", file_names("sheet"), USUAL)
    written, _ = read_answers(name)
    begun = changed(written, st.query_params.get_all("set") if "sheet" in st.query_params else [])
    differing = changes(written, show_questions(begun, name))
    keep_address(sheet=name, set=differing)
    answers = changed(written, differing)
    problems = contradictions(answers)
    for problem in problems:
        st.error(f"**The answers contradict each other.** {elements.escaped(problem)}")
    if problems:
        return None
    return _Sheet(answers, advise(answers, learned_upstream(answers, find_file("sheet", name).parent, name)))


def _question(sheet: _Sheet) -> AdviceQuestion:
    """What is asked of the twin."""
    advice = sheet.advice
    return AdviceQuestion(
        policy=advice.policy, scenario=advice.scenario, upstream=advice.upstream,
        search=bool(advice.none_because), repeatable=sheet.answers.idempotent,
    )  # fmt: skip


def _proof_text(sheet: _Sheet) -> str:
    found = _ended(sheet)
    return proof_text(sheet.advice, *(found or ()))


def _ended(sheet: _Sheet) -> tuple[str, Verdict] | None:
    """The newest run of the advised files, and its verdict."""
    record = advised_runs.proving_run(cached.all_runs()[0], sheet.answers, sheet.advice)
    return None if record is None or record.end is None else (record.run.id, record.end.verdict)


@st.fragment(run_every="2s")
def _proof(sheet: _Sheet) -> None:
    """Whether a run has confirmed the advice, read again while the page is open."""
    found = _ended(sheet)
    if found is None:
        st.warning(proof_text(sheet.advice), icon=":material/help:")
        return
    run, verdict = found
    st.markdown(f"**{elements.escaped(proof_text(sheet.advice, run, verdict))}**")
    elements.verdict_banner(verdict)
    st.page_link("views/run.py", label=f"The run {run}", query_params={"run": run})


def _run(sheet: _Sheet) -> None:
    """The command, and a button that starts it."""
    folder = advised_runs.folder_of(cached.root(), sheet.answers, sheet.advice)
    arguments = advised_runs.run_arguments(folder)
    if cached.read_only():
        st.caption(
            "This dashboard is read-only. To make the run, on the command line, with the answers below:"
        )
        st.code(f"surgeline advise {ANSWERS} --out {sheet.answers.name}", "shell", wrap_lines=True)
        return
    st.code(shlex.join(["surgeline", *arguments]), "shell", wrap_lines=True)
    busy = job_status.running("run", sheet.advice.digest)
    long = f"About {sheet.advice.scenario.duration_s:.0f} s of load against the mock upstream"
    if st.button("Make the run", type="primary", icon=":material/play_arrow:", help=long, disabled=busy):
        advised_runs.write_advice(folder, sheet.answers, sheet.advice)
        start_job(arguments, cached.root(), about=sheet.advice.digest)
        st.rerun()
    job_status.show_job("run", sheet.advice.digest)


def _advice(advice: Advice) -> None:
    """Every line with its reason and source; what was assumed stands before them."""
    if advice.assumed:
        lines = "\n".join(f"- {elements.escaped(each)}" for each in advice.assumed)
        st.warning(f"**Assumed, because it is unknown**\n\n{lines}")
    st.subheader("Policy", anchor="policy")
    _lines(advice, "policy")
    if advice.in_code:
        st.subheader("In the service's code", anchor="code")
        rows = [[f"`{code}`", _reason(why, source)] for code, why, source in advice.in_code]
        elements.show_table(pd.DataFrame(rows, columns=COLUMNS))
    st.subheader("Scenario and SLO", anchor="scenario")
    _lines(advice, "scenario")
    with st.expander("Upstream", icon=":material/dns:"):
        _lines(advice, "upstream")


def _lines(advice: Advice, file: AdvisedFile) -> None:
    rows = [
        [elements.escaped(f"{each.key} = {scalar(each.value)}"), _reason(each.reason, each.source)]
        for each in advice.settings
        if each.file == file
    ]
    elements.show_table(pd.DataFrame(rows, columns=COLUMNS))


def _reason(reason: str, source: str) -> str:
    return elements.escaped(f"{reason[:1].upper()}{reason[1:]}. Source: {source}.")


page()
