"""One run: the verdict first, then what happened, where the time went, and how to do it again."""

from __future__ import annotations

import getpass
from typing import Any

import streamlit as st

from dashboard.components import elements, run_sections, tag_editor
from dashboard.components.lever_form import LeverSetting, lever_controls
from dashboard.components.widgets import setting_widget
from dashboard.data import cached
from harness.lab import lever_channel
from harness.model.errors import RecordError, SurgelineError
from harness.record.reader import Record


def page() -> None:
    """The run that `?run=` names, else the newest; with `?range=`, a trial of that range."""
    records, _ = cached.all_runs()
    wanted, within = st.query_params.get("run", "latest"), st.query_params.get("range", "")
    if not records and wanted == "latest" and not within:
        st.title("Run", anchor=False)
        elements.nothing_yet(cached.root())
        return
    record = cached.cached_run(wanted, within)
    if within:
        st.page_link("views/range.py", label="Back to its range", query_params={"ranges": within})
    else:
        _choose(records, record)
    if isinstance(record, RecordError):
        elements.problem(record)
        return
    st.query_params["run"] = record.run.id
    run_sections.heading(record)
    tag_editor.of_one(record)
    if record.run.scenario.trigger_s is not None and not within:
        link = {"run": record.run.id}
        st.page_link(
            "views/rehearse.py", label="As a rehearsal", icon=":material/emergency:", query_params=link
        )
    if cached.may_still_end(record):
        if record.state == "live" and not cached.read_only():
            _levers(record)
        st.fragment(_live, run_every=cached.pace_s(record))(record.run.id, within)
    else:
        run_sections.outcome(record)
        run_sections.charts(cached.cached_frames(record), record)
    run_sections.repeat(record)


def _choose(records: list[Record], current: Record | RecordError) -> None:
    choices = cached.choices(records)
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
    known = lever_controls()
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


def _setting(setting: LeverSetting, key: str) -> Any:
    if setting.words:
        options = ["a value", *setting.words]
        said = st.segmented_control(setting.field.label, options, default=options[0], required=True, key=key)
        if said in setting.words:
            return setting.words[said]
    return setting_widget(setting.field, f"{key}.value")


def _pull(record: Record, wish: dict[str, Any], who: str) -> None:
    try:
        done = lever_channel.pull_lever(record, wish, who)
    except SurgelineError as problem:
        st.error(elements.escaped(str(problem)))
        return
    if done.problem:
        st.error(elements.escaped(done.problem))
    else:
        took = f"{done.acknowledged} of {done.processes} processes"
        st.success(f"Pulled at {done.at_s:.1f} s of the run, acknowledged by {took}.")


def _live(run_id: str, within: str) -> None:
    """What is known so far, read again and again; the whole page comes anew when the run ends."""
    record = cached.cached_run(run_id, within)
    if isinstance(record, RecordError) or not cached.may_still_end(record):
        st.rerun()
        return
    seen = cached.cached_frames(record)
    run_sections.show_progress(record, seen)
    run_sections.charts(seen, record)


page()
