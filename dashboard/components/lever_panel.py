"""The desk of levers beside a live rehearsal: sliders, a confirmation, and what became of each pull."""

from __future__ import annotations

import getpass
from typing import Any

import streamlit as st

from dashboard.components import elements
from dashboard.components.lever_sliders import LeverSlider, lever_sliders
from harness.lab import lever_channel
from harness.model.errors import SurgelineError
from harness.record.reader import Record

USUAL = 4


@st.fragment
def lever_panel(record: Record) -> None:
    """The levers. Pulling one asks for a confirmation, and the run's record keeps who pulled it and when."""
    st.markdown("**Levers**")
    who = st.text_input("Your name, for the record", value=getpass.getuser())
    if said := st.session_state.pop("pulled", None):
        (st.success if said[0] else st.error)(elements.escaped(said[1]))
    every = lever_sliders(record.run)
    for knob in every[:USUAL]:
        _card(record, knob, who)
    with st.expander("More levers"):
        for knob in every[USUAL:]:
            _card(record, knob, who)


def _card(record: Record, knob: LeverSlider, who: str) -> None:
    key = f"desk-{knob.lever}"
    with st.container(border=True, gap="small"):
        if knob.choices:
            value: Any = st.segmented_control(
                knob.title, knob.choices, default=knob.choices[0], required=True, help=knob.does, key=key
            )
        else:
            value = st.slider(
                knob.title, knob.low, knob.high, knob.start, knob.step, knob.shown, help=knob.does, key=key
            )
        if st.session_state.get("armed") == knob.lever:
            _sure(record, knob, value, who)
            return
        with st.container(horizontal=True):
            pull, go = (knob.lever, None), (knob.lever, knob.release)
            st.button("Pull", key=f"{key}-pull", on_click=_arm, args=pull, icon=":material/tune:")
            st.button("Let go", key=f"{key}-go", on_click=_arm, args=go, type="tertiary")


def _arm(lever: str | None, release: dict[str, Any] | None) -> None:
    st.session_state["armed"], st.session_state["release"] = lever, release


def _sure(record: Record, knob: LeverSlider, value: Any, who: str) -> None:
    release = st.session_state.get("release")
    said = f"{knob.title}: let it go" if release else knob.words(value)
    st.markdown(f"**{elements.escaped(said)}**, on the live run?")
    pull = (record, release or knob.wish(value), said, who)
    with st.container(horizontal=True):
        st.button("Yes, do it", key=f"yes-{knob.lever}", type="primary", on_click=_pull, args=pull)
        st.button("No", key=f"no-{knob.lever}", type="tertiary", on_click=_arm, args=(None, None))


def _pull(record: Record, wish: dict[str, Any], said: str, who: str) -> None:
    """Pulls, and leaves what became of it for the desk to say."""
    _arm(None, None)
    try:
        done = lever_channel.pull_lever(record, wish, who)
    except SurgelineError as problem:
        st.session_state["pulled"] = (False, str(problem))
        return
    took = f"{done.acknowledged} of {done.processes} processes"
    well = f"{said}, at {done.at_s:.1f} s of the run, acknowledged by {took}."
    st.session_state["pulled"] = (not done.problem, done.problem or well)
