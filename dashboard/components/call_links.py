"""Links from a run to its calls: the slowest, each kind of failure, and each fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from dashboard.components import elements
from dashboard.data import cached
from dashboard.data.call_address import parameters_of
from dashboard.data.run_window import ShownWindow
from harness.model.call_query import FAILED, CallFilter, CallQuery
from harness.record.reader import Record

PAGE = "views/calls.py"
RunAddress = Mapping[str, Sequence[str]]


def run_address(record: Record, within: str = "") -> RunAddress:
    """What names a run in an address; `within` is the range of a trial."""
    return {"run": [record.run.id]} | ({"range": [within]} if within else {})


def calls_link(run: RunAddress, wanted: CallFilter) -> str:
    """The address of the page of calls beside a page's own, so that it also holds below a path."""
    return f"calls?{urlencode({**run, **parameters_of(CallQuery(wanted))}, doseq=True)}"


def call_links(record: Record, within: str = "", window: ShownWindow | None = None) -> None:
    """The links, with numbers of calls where the whole run is shown and has ended; else to the shown seconds' calls."""
    counts = cached.cached_counts(record)
    if not counts.calls:
        return
    st.subheader("Calls one by one", anchor="calls")
    st.caption("Each link opens a list of calls; each call opens as a waterfall of its waits and attempts.")
    shown = (
        CallFilter() if window is None else CallFilter(from_s=window.from_s or None, until_s=window.until_s)
    )
    numbered = window is None and record.end is not None
    failed = {outcome: calls for outcome, calls in counts.outcomes.items() if outcome != "ok"}
    links: list[tuple[str, CallFilter, int | None]] = [("Slowest calls", shown, None)]
    if failed:
        links.append(("All failed calls", replace(shown, outcomes=(FAILED,)), sum(failed.values())))
    links += [(outcome, replace(shown, outcomes=(outcome,)), calls) for outcome, calls in failed.items()]
    links += [(f"Hit by {fault}", replace(shown, fault=fault), None) for fault in counts.faults]
    address = run_address(record, within)
    with st.container(horizontal=True):
        for words, wanted, calls in links:
            number = f": {calls:,}" if numbered and calls is not None else ""
            query = {**address, **parameters_of(CallQuery(wanted))}
            st.page_link(PAGE, label=elements.escaped(words) + number, query_params=query)
