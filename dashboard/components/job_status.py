"""Commands that were started from pages: their last words, their runs, and a way to stop them."""

from __future__ import annotations

import streamlit as st

from dashboard.data import background_jobs, cached
from harness.record.reader import Record

SHOWN_AT_MOST = 6


def show_job(verb: str = "", about: str = "") -> None:
    """The newest command of this `verb` and `about` this that was started here, and whichever still runs.

    Shows nothing where none was started.
    """
    if _started(verb, about):
        _followed(verb, about)


@st.fragment(run_every="1s")
def _followed(verb: str, about: str) -> None:
    """The same, read again each second."""
    records, _ = cached.all_runs()
    fitting = _started(verb, about)
    for number, one in enumerate(fitting[:SHOWN_AT_MOST]):
        if number and not one.running:
            continue
        with st.container(border=True, gap="small"):
            st.code(one.command, "shell", wrap_lines=True)
            last = one.output_tail[-3:] if one.running else one.output_tail[-12:]
            st.markdown(f"**{_state(one)}**")
            if last:
                st.code("\n".join(last), language=None)
            _links(one, records)


def _state(one: background_jobs.BackgroundJob) -> str:
    if not one.running:
        return "■ Ended"
    ahead = background_jobs.waits_for(one, cached.root())
    if not ahead:
        return "● Running"
    others = f"{len(ahead)} earlier command{'s' * (len(ahead) != 1)}"
    return f"◌ Waiting for {others}, now `{ahead[0].command.replace('`', '')}`"


def running(verb: str, about: str) -> bool:
    """Whether a command of this `verb` and `about` this was started here and still runs."""
    return any(one.running for one in _started(verb, about))


def runs_of(one: background_jobs.BackgroundJob, records: list[Record]) -> list[Record]:
    """The runs that a command has made so far, newest first."""
    return [record for record in records if record.run.job == one.name]


def _started(verb: str, about: str) -> list[background_jobs.BackgroundJob]:
    return background_jobs.background_jobs(cached.root(), verb, about)


def _links(one: background_jobs.BackgroundJob, records: list[Record]) -> None:
    runs = runs_of(one, records)
    with st.container(horizontal=True, vertical_alignment="center"):
        for record in runs:
            label = f"{record.run.policy.name}, {record.state}"
            st.page_link("views/run.py", label=label, query_params={"run": record.run.id})
        if len(runs) > 1:
            ids = [r.run.id for r in reversed(runs)]
            st.page_link("views/compare.py", label="Compare them", query_params={"runs": ids})
        if one.running and st.button("Stop", key=f"stop-{one.pid}", icon=":material/stop:"):
            one.cancel()
