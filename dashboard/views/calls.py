"""The calls of one run: filtered, sorted and paged, and one of them open as a waterfall.

The address is what is shown: widgets are set from it, and a change of one writes it.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import streamlit as st

from dashboard.components import elements
from dashboard.components.address import keep_address
from dashboard.components.call_detail import call_detail
from dashboard.data import cached
from dashboard.data.call_address import CALL, filter_sentence, open_call, parameters_of, query_of
from dashboard.data.call_table import call_table, calls_markdown
from harness.model.call import Outcome
from harness.model.call_query import FAILED, CallCounts, CallFilter, CallOrder, CallPage, CallQuery, Moment
from harness.model.errors import RecordError
from harness.record.call_store import CallStore
from harness.record.reader import Record

ANY = "any"
KEY = "calls-"
MOVED = KEY + "moved"
SECONDS = {
    "slower_s": ("Took at least, s", "Latency from the scheduled start to the end of the call"),
    "faster_s": ("Took less than, s", "Latency from the scheduled start to the end of the call"),
    "from_s": ("From second", "Seconds after the start of the run"),
    "until_s": ("Until before second", "Seconds after the start of the run"),
}


def page() -> None:
    """The calls of the run that `?run=` names, else of the newest; with `?range=`, of a trial of that range."""
    st.title("Calls", anchor=False)
    records, _ = cached.all_runs()
    wanted, within = st.query_params.get("run", "latest"), st.query_params.get("range", "")
    if not records and wanted == "latest" and not within:
        elements.nothing_yet(cached.root())
        return
    record = cached.cached_run(wanted, within)
    if isinstance(record, RecordError):
        elements.problem(record)
        return
    keep_address(run=record.run.id)
    address = {key: st.query_params.get_all(key) for key in st.query_params}
    query, problems = query_of(address)
    called, unnamed = open_call(address)
    _heading(record, within)
    for problem in (*problems, *unnamed):
        st.warning(elements.escaped(problem))
    above, opened, listed = st.container(), st.container(), st.container()
    found = cached.cached_calls(record, query)
    with listed:  # The list comes first: the values to filter by take another look through a large run.
        _list(record, query, found, st.query_params.get(CALL, ""))
    with above:
        _filters(query, cached.cached_counts(record))
    if called:
        with opened:
            _open(record, called, found)


def _heading(record: Record, within: str) -> None:
    """Of which run the calls are, and whether they are all of its calls."""
    run = record.run
    link = {"run": run.id} | ({"range": within} if within else {})
    label = f"{run.policy.name} under {run.scenario.name}, {run.started_at:%d %b %Y, %H:%M:%S %Z}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "views/run.py", label=elements.escaped(label), icon=":material/timeline:", query_params=link
        )
        if record.end is None:
            st.caption("The run has no end yet: these are the calls that have been written so far.")
            st.button("Read again", icon=":material/refresh:")


def _filters(query: CallQuery, counts: CallCounts) -> None:
    """Widgets for the filter and the order, each set from the address."""
    of = query.filter
    first = st.columns([3, 2, 2, 2])
    with first[0]:
        known = [o.value for o in Outcome if o.value in counts.outcomes]
        _several("Outcome", "outcomes", [FAILED, *known], of.outcomes)
    with first[1]:
        _several("Status", "statuses", sorted(counts.statuses), of.statuses, _status)
    with first[2]:
        _one("Hit by fault", "fault", [ANY, *counts.faults], of.fault or ANY)
    with first[3]:
        _one("Order", "order", list(CallOrder), query.order)
    further = replace(of, outcomes=(), statuses=(), fault="") != CallFilter()
    with st.expander("More filters", expanded=further):
        second = st.columns([3, 2, 2])
        with second[0]:
            _several("Route", "routes", list(counts.routes), of.routes)
        with second[1]:
            _number("Attempts at least", "attempts", of.attempts or None, 1)
        with second[2]:
            _one("Time span is when the call", "moment", list(Moment), of.moment, _moment)
        for column, (name, (label, explained)) in zip(st.columns(4), SECONDS.items(), strict=True):
            with column:
                _number(label, name, getattr(of, name), 0.1, explained)


def _several(label: str, name: str, options: list[Any], chosen: tuple[Any, ...], text: Any = str) -> None:
    st.session_state[KEY + name] = list(chosen)
    options = [*options, *(value for value in chosen if value not in options)]
    st.multiselect(label, options, key=KEY + name, format_func=text, placeholder=ANY, on_change=_to_address)


def _one(label: str, name: str, options: list[Any], chosen: Any, text: Any = str) -> None:
    st.session_state[KEY + name] = chosen
    options = options if chosen in options else [*options, chosen]
    st.selectbox(label, options, key=KEY + name, format_func=text, on_change=_to_address)


def _number(label: str, name: str, value: float | None, step: float, explained: str | None = None) -> None:
    st.session_state[KEY + name] = value
    st.number_input(
        label,
        value=None,  # else a cleared field is its lowest value
        min_value=type(step)(0),
        step=step,
        format="%d" if isinstance(step, int) else "%.6g",
        key=KEY + name,
        placeholder=ANY,
        help=explained,
        on_change=_to_address,
    )


def _status(status: int) -> str:
    return str(status) if status else "none"


def _moment(moment: Moment) -> str:
    return {
        Moment.ENDED: "ended",
        Moment.SCHEDULED: "was scheduled",
        Moment.UNDER_WAY: "was under way",
    }[moment]


def _to_address() -> None:
    """Writes what the widgets say into the address, with the first page and no call open."""
    names = ("outcomes", "statuses", "routes", "fault", "attempts", *SECONDS, "moment", "order")
    said: dict[str, Any] = {name: st.session_state[KEY + name] for name in names}
    order = said.pop("order")
    for name in ("outcomes", "statuses", "routes"):
        said[name] = tuple(said[name])
    said["fault"] = "" if said["fault"] == ANY else said["fault"]
    said["attempts"] = int(said["attempts"] or 0)
    _go(CallQuery(CallFilter(**said), order))


def _go(query: CallQuery, call: str = "") -> None:
    """Makes the address that of a query of the same run, in one step, so that one press of "back" undoes it."""
    kept = {key: st.query_params.get_all(key) for key in ("run", "range") if key in st.query_params}
    st.query_params.from_dict(kept | parameters_of(query) | ({CALL: [call]} if call else {}))


def _open(record: Record, called: tuple[int, int], found: CallPage) -> None:
    """The open call, with its neighbours in the list."""
    key = f"{called[0]}.{called[1]}"
    keys = [row.key for row in found.rows]
    place = keys.index(key) if key in keys else None
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"Call {key}", anchor=False)
            before = keys[place - 1] if place else ""
            after = keys[place + 1] if place is not None and place + 1 < len(keys) else ""
            for label, icon, to in (("Previous", "arrow_upward", before), ("Next", "arrow_downward", after)):
                st.button(label, icon=f":material/{icon}:", disabled=not to, on_click=_move, args=(to,))
            st.button("Close", icon=":material/close:", on_click=_move, args=("",))
        traced = CallStore(record.folder).call(*called)
        if traced is None:
            unfinished = " It may not have ended yet." if record.end is None else ""
            st.info(f"The record has no call {key}.{unfinished}")
        else:
            call_detail(record, traced)


def _move(call: str) -> None:
    """Opens or closes a call from outside the list, whose tick then has to follow."""
    st.session_state[MOVED] = st.session_state.get(MOVED, 0) + 1
    _show(call)


def _show(call: str) -> None:
    """Opens a call, or closes the open one for ""."""
    address = {key: st.query_params.get_all(key) for key in st.query_params}
    _go(query_of(address)[0], call)


def _list(record: Record, query: CallQuery, found: CallPage, called: str) -> None:
    """The page of the list; a click on a row opens its call."""
    said = _how_many(query, found)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(elements.escaped(said))
        if found.rows:
            elements.download(
                "List (Markdown)", lambda: calls_markdown(record.run, found.rows, said), "calls.md"
            )
    if found.rows:
        key = f"{KEY}list-{hash(query)}-{st.session_state.get(MOVED, 0)}"
        ticked = [place for place, row in enumerate(found.rows) if row.key == called]
        st.dataframe(
            call_table(found.rows),
            hide_index=True,
            on_select=lambda: _selected(key, found),
            selection_mode="single-row",
            selection_default={"selection": {"rows": ticked}},
            key=key,
            height=min(35 * (len(found.rows) + 1) + 2, 500),
        )
    _pages(query, found.total)


def _selected(key: str, found: CallPage) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    _show(found.rows[rows[0]].key if rows else "")


def _how_many(query: CallQuery, found: CallPage) -> str:
    first = query.size * (query.page - 1) + 1
    conditions = filter_sentence(query.filter)
    said = [
        f"Calls {first:,} to {first + len(found.rows) - 1:,} of {found.total:,}, {query.order}.",
        f"Filter: {conditions}." if conditions else "",
        f"The record has {found.recorded:,} calls.",
    ]
    if not found.rows:
        said[0] = (
            f"There is no page {query.page:,} of {found.total:,} calls." if found.total else "No call fits."
        )
    return " ".join(filter(None, said))


def _pages(query: CallQuery, total: int) -> None:
    """Buttons to other pages of the list."""
    last = max(1, ceil(total / query.size))
    if last == 1 and query.page == 1:
        return
    steps = {
        "First": 1,
        "Previous page": min(query.page - 1, last),
        "Next page": query.page + 1,
        "Last": last,
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, to in steps.items():
            disabled = not 1 <= to <= last or to == query.page
            st.button(label, disabled=disabled, on_click=_go, args=(replace(query, page=to),))
        st.caption(f"page {query.page:,} of {last:,}")


page()
