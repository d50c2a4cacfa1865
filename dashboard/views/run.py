"""One run: the verdict first, then what happened, where the time went, and how to do it again."""

from __future__ import annotations

from time import perf_counter

import streamlit as st

from dashboard import data, parts, sections
from harness.model.errors import BadInput
from harness.record.reader import Record

AT_WORK = 0.2  # the share of the time that looking at a live run may take


def page() -> None:
    """The run that `?run=` names, else the newest."""
    records, _ = data.everything()
    wanted = st.query_params.get("run", "latest")
    if not records and wanted == "latest":
        st.title("Run", anchor=False)
        parts.nothing_yet(data.root())
        return
    record = data.one(wanted)
    _choose(records, record)
    if isinstance(record, BadInput):
        parts.problem(record)
        return
    st.query_params["run"] = record.run.id
    sections.heading(record)
    if record.state == "live":
        st.fragment(_live, run_every=_pace_s(record))(record.run.id)
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


def _pace_s(record: Record) -> float:
    """Seconds between looks at a live run: one, and longer for a run so large that looking takes long itself."""
    begun_s = perf_counter()
    data.pictured(record)
    return max(1.0, (perf_counter() - begun_s) / AT_WORK)


def _live(run_id: str) -> None:
    """What is known so far, read again and again; the whole page comes anew when the run ends."""
    record = data.one(run_id)
    if isinstance(record, BadInput) or record.state != "live":
        st.rerun()
        return
    seen = data.pictured(record)
    sections.progress(record, seen)
    sections.charts(seen, record)


page()
