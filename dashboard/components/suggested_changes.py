"""Changes of a policy that a range suggests, each with its evidence and a button that checks it."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from dashboard.components import elements, job_status
from dashboard.data import cached
from dashboard.data.background_jobs import start_job
from harness.model.range import OperatingRange
from harness.model.suggestion import Suggestion


def show_suggestions(found: OperatingRange) -> None:
    """Changes as diffs; a button starts the runs that say whether one helps."""
    st.markdown("**Suggested changes**")
    suggested = cached.cached_suggestions(found)
    if not suggested:
        st.caption(
            elements.escaped(f"No suggestions for {found.spec.policy.name} from the run at the limit.")
        )
        return
    command = ["suggest", found.id, "--verify"]
    busy = job_status.running("suggest", found.id)
    for each in suggested:
        with st.container(border=True, gap="small"):
            st.code(_diff(each), "diff")
            st.markdown(
                f"Because {_sentence_of(each.evidence)}  \nExpected: {_sentence_of(each.expected)}",
            )
            _check(found, [*command, "--key", each.key], busy=busy)
    job_status.show_job("suggest", found.id)


def _check(found: OperatingRange, arguments: list[str], *, busy: bool) -> None:
    if cached.read_only() or found.spec.target:
        st.caption("To check it, on the command line:")
        st.code(f"surgeline {' '.join(arguments)}", "shell", wrap_lines=True)
        return
    help_ = "Runs the policy with and without the change at the limit, and says whether it helped"
    key = f"check-{found.id}-{arguments[-1]}"
    if st.button("Check it", key=key, icon=":material/science:", help=help_, disabled=busy):
        start_job(arguments, cached.root(), about=found.id)
        st.rerun()


def _sentence_of(text: str) -> str:
    """The text with one full stop at its end, escaped."""
    return elements.escaped(f"{text.removesuffix('.')}.")


def _diff(each: Suggestion) -> str:
    return f"- {each.key} = {_value(each.now)}\n+ {each.key} = {_value(each.then)}"


def _value(value: Any) -> str:
    return "(not set)" if value is None else json.dumps(value)
