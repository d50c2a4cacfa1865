"""One run: the verdict first, then what happened, where the time went, and how to do it again."""

from __future__ import annotations

import streamlit as st

from dashboard.components import elements, run_sections, tag_editor
from dashboard.components.address import keep_address
from dashboard.components.call_links import call_links
from dashboard.components.lever_panel import lever_panel
from dashboard.components.note_editor import note_editor
from dashboard.components.stop_button import stop_button
from dashboard.components.time_bar import PLACE, time_bar
from dashboard.data import cached
from dashboard.data.kept_results import all_results
from dashboard.data.run_frames import RunFrames
from dashboard.data.run_window import KEYS, ShownWindow, phases_of, window_of
from harness.model.errors import RecordError
from harness.record.reader import Record
from harness.record.result_store import MAPS

LEVERS_PER_ROW = 4


def _link_back(within: str) -> None:
    """To the map whose cell the run checks, or to the range of which it is a trial."""
    if any(found.id == within for found in all_results(MAPS, cached.root())[0]):
        st.page_link("views/map.py", label="Back to its map", query_params={"map": within})
    else:
        st.page_link("views/range.py", label="Back to its range", query_params={"ranges": within})


def page() -> None:
    """The run that `?run=` names, else the newest, or some of its seconds; with `?range=`, one of a range or a map."""
    records, _ = cached.all_runs()
    wanted, within = st.query_params.get("run", "latest"), st.query_params.get("range", "")
    if not records and wanted == "latest" and not within:
        st.title("Run", anchor=False)
        elements.nothing_yet(cached.root())
        return
    record = cached.cached_run(wanted, within)
    if within:
        _link_back(within)
    else:
        _choose(records, record)
    if isinstance(record, RecordError):
        elements.problem(record)
        return
    keep_address(run=record.run.id)
    run_sections.heading(record)
    tag_editor.of_one(record)
    with st.container(horizontal=True, vertical_alignment="center"):
        note_editor(record, _first_shown_s(record))
        if record.run.scenario.trigger_s is not None and not within:
            link = {"run": record.run.id}
            st.page_link(
                "views/rehearse.py", label="As a rehearsal", icon=":material/emergency:", query_params=link
            )
    st.html(run_sections.STYLE)
    if cached.may_still_end(record):
        if record.state == "live" and not cached.read_only():
            with st.expander("Levers of this live run", icon=":material/tune:"):
                lever_panel(record, LEVERS_PER_ROW)
            stop_button(record)
        st.fragment(_numbers, run_every=1.0)(record.run.id, within)
        st.fragment(_live, run_every=cached.pace_s(record))(record.run.id, within)
        call_links(record, within)
    else:
        _ended(record, within)
    run_sections.repeat(record)


def _ended(record: Record, within: str) -> None:
    """The verdict, then the numbers and charts of the whole run or of the shown seconds."""
    bar = st.container(key=PLACE)
    run_sections.verdict(record)
    chosen = any(key in st.query_params for key in KEYS)
    if not chosen:  # known without a look at the calls, which takes seconds for a large run
        run_sections.outcome(record)
    whole = cached.cached_frames(record)
    with bar:
        window = _bar(record, whole)
    if window is not None:
        run_sections.seconds_outcome(record, cached.cached_frames(record, window), window)
    elif chosen:
        run_sections.outcome(record)
    call_links(record, within, window)
    run_sections.charts(cached.cached_frames(record, window), record, within)


def _first_shown_s(record: Record) -> float:
    """The first of the seconds that the address chooses, about which a note is likely to be."""
    end_s = record.run.scenario.duration_s
    window, _ = window_of(st.query_params, phases_of(record, end_s), end_s)
    return window.from_s if window is not None else 0.0


def _bar(record: Record, whole: RunFrames) -> ShownWindow | None:
    """Draws the bar of phases, and returns the seconds to show as the address has them; None for the whole run."""
    known_s = whole.until_s if record.end is not None else whole.known_s
    phases = phases_of(record, whole.until_s)
    window, problems = window_of(st.query_params, phases, whole.until_s)
    shown = window or ShownWindow(0.0, whole.until_s)
    time_bar(record, phases, window, shown, known_s)
    for problem in problems:
        st.warning(elements.escaped(problem))
    return window


def _choose(records: list[Record], current: Record | RecordError) -> None:
    choices = cached.choices(records)
    current_id = current.run.id if isinstance(current, Record) else None
    picked = st.selectbox(
        "Run",
        list(choices),
        index=list(choices).index(current_id) if current_id in choices else None,
        format_func=lambda run: choices[run],
        placeholder="choose another run",
        label_visibility="collapsed",
    )
    if picked and picked != current_id:
        st.query_params.from_dict({"run": picked})
        st.rerun()


def _numbers(run_id: str, within: str) -> None:
    """The numbers of the last whole second, apart from the charts so that they do not wait for them."""
    record = cached.cached_run(run_id, within)
    if not isinstance(record, RecordError) and record.end is None:
        run_sections.show_live_numbers(record, cached.live_numbers(record))


def _live(run_id: str, within: str) -> None:
    """What is known so far, read again and again; the whole page comes anew when the run ends."""
    record = cached.cached_run(run_id, within)
    if isinstance(record, RecordError) or not cached.may_still_end(record):
        st.rerun()
        return
    seen = cached.cached_frames(record)
    window = _bar(record, seen)
    run_sections.show_progress(record, seen)
    run_sections.charts(seen if window is None else cached.cached_frames(record, window), record, within)


page()
