"""A plan of runs: policies, seeds and repetitions under a scenario, reviewed before it is started."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.components import elements, every_page, job_status, plan_prediction, plan_review
from dashboard.components.address import keep_address
from dashboard.components.background_result import stop_result
from dashboard.components.schema_form import fields
from dashboard.components.widgets import HELP, file_choice, setting_widget
from dashboard.data import background_jobs, cached
from dashboard.data.predicted_plan import key_of
from dashboard.data.run_plan import RunPlan, fitting_policies, seeds_of
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import file_names
from harness.model.errors import ConfigError

COLUMNS = 4
FOLLOWED = "plan-followed"


def page() -> None:
    """`?scenario=`, `?policy=`, `?seeds=`, `?times=` and `?set=KEY=VALUE&set=…` choose what the form begins with."""
    st.title("New run", anchor=False)
    if cached.read_only():
        st.info("This dashboard is read-only. Start runs on the command line, where it was started:")
        st.code("surgeline run dependency-slowdown --policy careful", "shell", wrap_lines=True)
        return
    if FOLLOWED in st.session_state:
        _to_the_live_run()
    job_status.show_job()
    try:
        plan = _plan()
        written, policies = plan.read()
    except ConfigError as problem:
        st.error(elements.escaped(str(problem)))
        st.button("Start", type="primary", icon=":material/play_arrow:", disabled=True)
        return
    st.subheader("What will happen", anchor="preview")
    plan_review.show_preview(written.scenario)
    st.subheader("Predicted", anchor="predicted")
    plan_prediction.show_prediction(plan, key_of(plan, written, policies))
    st.subheader("Changes to the files", anchor="changes")
    plan_review.show_changes(plan)
    st.subheader("Before the start", anchor="preflight")
    notes = plan_review.show_preflight(written.scenario)
    plan_review.show_reviews(written.scenario, policies)
    st.caption(_amount(plan, written.scenario.duration_s + written.scenario.drain_s))
    commands = [shlex.join(["surgeline", *arguments]) for arguments in plan.commands()]
    st.code("\n".join(commands), "shell", wrap_lines=True)
    refused = any(note.kind == "stop" for note in notes)
    if st.button("Start", type="primary", icon=":material/play_arrow:", disabled=refused):
        stop_result()
        jobs = [background_jobs.start_job(arguments, cached.root()) for arguments in plan.commands()]
        st.session_state[FOLLOWED] = jobs[0].name
        st.rerun()


def _plan() -> RunPlan:
    """What the form says. Raises ConfigError for a file that can't be read, or for seeds that are none."""
    left, right = st.columns(2)
    with left:
        scenario = file_choice("scenario", file_names("scenario"), "dependency-slowdown")
    with right:
        policies = _policies(scenario)
    left, right = st.columns(2)
    seeds = left.text_input(
        "Seeds", st.query_params.get("seeds", ""), placeholder="the scenario's own; else such as 7, 8 or 1-5"
    )
    times = right.number_input("Repetitions", 1, 20, min(20, max(1, _times())))
    changed = _settings(scenario, policies)
    repeated = str(times) if times > 1 else []
    keep_address(scenario=scenario, policy=policies, seeds=seeds or [], times=repeated, set=changed)
    return RunPlan(scenario, tuple(policies), seeds_of(seeds), int(times), tuple(changed))


def _times() -> int:
    text = st.query_params.get("times", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def _policies(scenario: str) -> list[str]:
    """Raises ConfigError for a file that cannot be read."""
    asked = fitting_policies(scenario, st.query_params.get_all("policy")) or ["careful"]
    names = fitting_policies(scenario, file_names("policy"))
    options = [*names, *(name for name in asked if name not in names)]
    return st.multiselect("Policies", options, asked, accept_new_options=True, help=HELP)


def _settings(scenario: str, policies: Sequence[str]) -> list[str]:
    """What differs from the files, as overrides. Raises ConfigError."""
    found = read_scenario(scenario)
    changed = []
    if len(policies) == 1:
        changed = _changes(read_policy(policies[0]), "policy")
    elif policies:
        st.caption(
            "Changes of a policy apply to every chosen policy. To see the settings of one, choose it alone."
        )
    return changed + _changes(found.scenario, "scenario") + _more()


def _amount(plan: RunPlan, seconds: float) -> str:
    minutes = plan.runs * seconds / 60.0
    long = f"{minutes:.0f} min" if minutes >= 2 else f"{plan.runs * seconds:.0f} s"
    runs = f"{plan.runs} runs, one after the other" if plan.runs > 1 else "1 run"
    return f"{runs}: about {long} of load."


@st.fragment(run_every="1s")
def _to_the_live_run() -> None:
    """Goes to the first run of the plan as soon as there is one, and stops looking when there will be none."""
    name = st.session_state.get(FOLLOWED)
    job = next((job for job in background_jobs.background_jobs(cached.root()) if job.name == name), None)
    if job is None:
        return
    runs = job_status.runs_of(job, cached.all_runs()[0])
    if runs:
        del st.session_state[FOLLOWED]
        every_page.visit("run", run=runs[-1].run.id)
    elif not job.running:
        del st.session_state[FOLLOWED]
        st.rerun()


def _changes(given: Any, kind: Any) -> list[str]:
    """Widgets for every setting, a table at a time; returns what differs from the file as overrides."""
    found = fields(given, kind)
    changed = []
    with st.expander(f"Settings of this {kind}", icon=":material/tune:"):
        for table in dict.fromkeys(f.table for f in found):
            st.markdown(f"**{table or kind}**")
            of_table = [f for f in found if f.table == table]
            for row in range(0, len(of_table), COLUMNS):
                columns = st.columns(COLUMNS, vertical_alignment="bottom")
                for column, field in zip(columns, of_table[row : row + COLUMNS], strict=False):
                    with column:
                        changed.append(field.override(setting_widget(field, f"{given.name}.{field.key}")))
    return [c for c in changed if c is not None]


def _more() -> list[str]:
    if "more" not in st.session_state:
        st.session_state["more"] = "\n".join(st.query_params.get_all("set"))
    text = st.text_area(
        "More overrides, one KEY=VALUE a line",
        key="more",
        placeholder='policy.retry.budget={kind="ratio", ratio=0.1}\nupstream.capacity.workers=4',
    )
    return [line.strip() for line in text.splitlines() if line.strip()]


page()
