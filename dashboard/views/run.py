"""One run: the verdict first, then what happened, where the time went, and how to do it again."""

from __future__ import annotations

import getpass
from typing import Any

import streamlit as st

from dashboard import data, parts, sections, tagging
from dashboard.levers import Setting, controls
from dashboard.widgets import widget
from harness import inbox
from harness.model.errors import BadInput
from harness.record.reader import Record


def page() -> None:
    """The run that `?run=` names, else the newest; with `?range=`, a trial of that range."""
    records, _ = data.everything()
    wanted, within = st.query_params.get("run", "latest"), st.query_params.get("range", "")
    if not records and wanted == "latest" and not within:
        st.title("Run", anchor=False)
        parts.nothing_yet(data.root())
        return
    record = data.one(wanted, within)
    if within:
        st.page_link("views/range.py", label="Back to its range", query_params={"ranges": within})
    else:
        _choose(records, record)
    if isinstance(record, BadInput):
        parts.problem(record)
        return
    st.query_params["run"] = record.run.id
    sections.heading(record)
    tagging.of_one(record)
    if record.run.scenario.trigger_s is not None and not within:
        link = {"run": record.run.id}
        st.page_link(
            "views/rehearse.py", label="As a rehearsal", icon=":material/emergency:", query_params=link
        )
    if data.may_still_end(record):
        if record.state == "live" and not data.read_only():
            _levers(record)
        st.fragment(_live, run_every=data.pace_s(record))(record.run.id, within)
    else:
        sections.outcome(record)
        sections.charts(data.pictured(record), record)
    sections.repeat(record)


def _choose(records: list[Record], current: Record | BadInput) -> None:
    choices = data.choices(records)
    shown = current.run.id if isinstance(current, Record) else None
    picked = st.selectbox(
        "Run",
        list(choices),
        index=list(choices).index(shown) if shown in choices else None,
        format_func=lambda run: choices[run],
        placeholder="choose another run",
        label_visibility="collapsed",
    )
    if picked and picked != shown:
        st.query_params["run"] = picked
        st.rerun()


@st.fragment
def _levers(record: Record) -> None:
    """A lever, its settings, and a button that wants a confirmation first."""
    known = controls()
    with st.expander("Pull a lever of this live run", icon=":material/tune:"):
        name = st.selectbox("Lever", list(known), format_func=lambda n: n.replace("_", " "))
        st.caption(known[name].does)
        settings = {s.field.key: _setting(s, f"{name}.{s.field.key}") for s in known[name].settings}
        wish = {"lever": name, **{key: value for key, value in settings.items() if value is not None}}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            who = st.text_input("Your name, for the record", value=getpass.getuser())
            sure = st.checkbox("Yes, on the live run")
            pulled = st.button("Pull", type="primary", icon=":material/tune:", disabled=not sure)
        if pulled:
            _pull(record, wish, who)


def _setting(setting: Setting, key: str) -> Any:
    if setting.words:
        options = ["a value", *setting.words]
        said = st.segmented_control(setting.field.label, options, default=options[0], required=True, key=key)
        if said in setting.words:
            return setting.words[said]
    return widget(setting.field, f"{key}.value")


def _pull(record: Record, wish: dict[str, Any], who: str) -> None:
    try:
        done = inbox.pull(record, wish, who)
    except BadInput as problem:
        st.error(parts.escaped(str(problem)))
        return
    if done.problem:
        st.error(parts.escaped(done.problem))
    else:
        took = f"{done.acknowledged} of {done.processes} processes"
        st.success(f"Pulled at {done.at_s:.1f} s of the run, acknowledged by {took}.")


def _live(run_id: str, within: str) -> None:
    """What is known so far, read again and again; the whole page comes anew when the run ends."""
    record = data.one(run_id, within)
    if isinstance(record, BadInput) or not data.may_still_end(record):
        st.rerun()
        return
    seen = data.pictured(record)
    sections.progress(record, seen)
    sections.charts(seen, record)


page()
