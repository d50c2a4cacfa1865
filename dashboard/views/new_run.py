"""Start a run: a form made from the schemas, with the messages of the command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

import streamlit as st

from dashboard.components import elements, job_status
from dashboard.components.address import keep_address
from dashboard.components.schema_form import fields
from dashboard.components.widgets import file_choice, setting_widget
from dashboard.data import background_jobs, cached
from harness.inputs import files
from harness.model.errors import ConfigError

COLUMNS = 4


def page() -> None:
    """`?scenario=`, `?policy=` and `?set=KEY=VALUE&set=…` choose what the form begins with."""
    st.title("New run", anchor=False)
    if cached.read_only():
        st.info("This dashboard is read-only. Start runs on the command line, where it was started:")
        st.code("surgeline run dependency-slowdown --policy careful", "shell")
        return
    job_status.show_job()
    left, right = st.columns(2)
    with left:
        scenario = file_choice("scenario", files.names("scenario"), "dependency-slowdown")
    with right:
        policy = file_choice("policy", files.names("policy"), "careful")
    keep_address(scenario=scenario, policy=policy)
    try:
        found, client = files.scenario(scenario), files.policy(policy)
    except ConfigError as problem:
        st.error(elements.escaped(str(problem)))
        return
    changed = _changes(client, "policy") + _changes(found.scenario, "scenario") + _more()
    st.query_params["set"] = changed
    arguments = ["run", scenario, "--policy", policy, *(word for c in changed for word in ("--set", c))]
    st.code(shlex.join(["surgeline", *arguments]), "shell", wrap_lines=True)
    problem_ = _problem(scenario, policy, changed)
    if problem_ is not None:
        st.error(elements.escaped(problem_))
    if st.button("Start", type="primary", icon=":material/play_arrow:", disabled=problem_ is not None):
        background_jobs.start_job(arguments, cached.root())
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


def _problem(scenario: str, policy: str, changed: Iterable[str]) -> str | None:
    """What the command line would complain about, or None."""
    try:
        overrides = files.overrides(changed)
        files.scenario(scenario, overrides)
        files.policy(policy, overrides)
    except ConfigError as problem:
        return str(problem)
    return None


page()
