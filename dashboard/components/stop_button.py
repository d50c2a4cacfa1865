"""Stops a live run, however it was started; the record keeps who asked."""

from __future__ import annotations

import getpass

import streamlit as st

from dashboard.components import elements
from harness.lab.lever_channel import request_stop
from harness.model.errors import RecordError
from harness.record.reader import Record

_ASKED, _OUTCOME = "stop-asked", "stop-outcome"


@st.fragment
def stop_button(record: Record) -> None:
    """Asks for a confirmation first. What was recorded is kept, and the run is not judged."""
    run = record.run.id
    if (outcome := st.session_state.get(_OUTCOME)) and outcome[0] == run:
        st.info(elements.escaped(outcome[1]))
    elif st.session_state.get(_ASKED) != run:
        st.button("Stop this run", icon=":material/stop:", key="stop", on_click=_ask, args=(run,))
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("Stop the run? What was recorded is kept, but it is not judged.")
            st.button("Yes, stop it", type="primary", key="stop-yes", on_click=_stop, args=(record,))
            st.button("Cancel", type="tertiary", key="stop-cancel", on_click=_ask, args=("",))


def _ask(run: str) -> None:
    st.session_state[_ASKED] = run


def _stop(record: Record) -> None:
    outcome = "The run was asked to stop. This page shows its end once the last calls have ended."
    try:
        request_stop(record, getpass.getuser())
    except RecordError as problem:
        outcome = str(problem)
    st.session_state[_OUTCOME] = (record.run.id, outcome)
