"""Notes on a run's page: seen by everybody, changed by whoever may start runs."""

from __future__ import annotations

import streamlit as st

from dashboard.components import elements
from dashboard.data import cached
from harness.model.errors import SurgelineError
from harness.record.notes import LONGEST, RunNote, add_note, notes, remove_note
from harness.record.reader import Record

TEXT, SECOND, REFUSED = "note-text", "note-second", "note-refused"


def note_editor(record: Record, at_s: float) -> None:
    """The notes, which the charts over time have as well, and a form for another one, first about the second `at_s`."""
    found, read_only = notes(record.folder), cached.read_only()
    if read_only and not found:
        return
    with st.popover(f"Notes: {len(found)}" if found else "Add a note", icon=":material/edit_note:"):
        for place, note in enumerate(found):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{note.at_s:g} s** {elements.escaped(note.text)}")
                if not read_only:
                    st.button("Remove", key=f"note-remove-{place}", on_click=_remove, args=(record, note))
        if not read_only:
            _form(record, at_s)


def _form(record: Record, at_s: float) -> None:
    last_s = record.run.scenario.duration_s + record.run.scenario.drain_s
    with st.form(f"note-{record.run.id}-{at_s:g}", border=False, clear_on_submit=True):
        st.number_input("Second of the run", 0.0, last_s, min(at_s, last_s), 1.0, "%.1f", key=SECOND)
        st.text_input("Note", key=TEXT, max_chars=LONGEST, placeholder="what happened, in a few words")
        st.form_submit_button("Add", type="primary", on_click=_add, args=(record,))
    if problem := st.session_state.pop(REFUSED, ""):
        st.error(elements.escaped(problem))


def _add(record: Record) -> None:
    try:
        add_note(record.folder, st.session_state[SECOND], st.session_state[TEXT])
    except SurgelineError as problem:
        st.session_state[REFUSED] = str(problem)


def _remove(record: Record, note: RunNote) -> None:
    try:
        remove_note(record.folder, note)
    except SurgelineError as problem:
        st.session_state[REFUSED] = str(problem)
