"""Links from a run to its calls: the slowest, each kind of failure, and each fault."""

from __future__ import annotations

import streamlit as st

from dashboard.components import elements
from dashboard.data import cached
from dashboard.data.call_address import parameters_of
from harness.model.call_query import FAILED, CallFilter, CallQuery
from harness.record.reader import Record

PAGE = "views/calls.py"


def call_links(record: Record, within: str = "") -> None:
    """The links, with numbers of calls where the run has ended; `within` is the range of a trial."""
    counts = cached.cached_counts(record)
    if not counts.calls:
        return
    st.subheader("Calls one by one", anchor="calls")
    st.caption("Each link opens a list of calls; each call opens as a waterfall of its waits and attempts.")
    failed = {outcome: calls for outcome, calls in counts.outcomes.items() if outcome != "ok"}
    links: list[tuple[str, CallFilter, int | None]] = [("Slowest calls", CallFilter(), None)]
    if failed:
        links.append(("All failed calls", CallFilter(outcomes=(FAILED,)), sum(failed.values())))
    links += [(outcome, CallFilter(outcomes=(outcome,)), calls) for outcome, calls in failed.items()]
    _row(record, within, links)
    _row(
        record,
        within,
        [(f"Hit by {fault}", CallFilter(fault=fault), None) for fault in counts.faults],
    )


def _row(record: Record, within: str, links: list[tuple[str, CallFilter, int | None]]) -> None:
    """Links side by side, as many as fit into a line."""
    run = {"run": [record.run.id]} | ({"range": [within]} if within else {})
    with st.container(horizontal=True):
        for words, wanted, calls in links:
            number = f": {calls:,}" if calls is not None and record.end is not None else ""
            address = run | parameters_of(CallQuery(wanted))
            st.page_link(PAGE, label=elements.escaped(words) + number, query_params=address)
