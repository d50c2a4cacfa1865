"""Tags on pages: shown to everybody, changed by whoever may start runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components import elements
from dashboard.data import cached
from harness.model.errors import SurgelineError
from harness.record.reader import Record
from harness.record.tags import change_tags


def known() -> list[str]:
    """Every tag that some run carries."""
    return sorted({word for record in cached.all_runs()[0] for word in record.tags})


def of_one(record: Record) -> None:
    """One run's tags: words to add and to remove, or just the words for who may only look."""
    if cached.read_only():
        if record.tags:
            st.caption(elements.escaped(f"Tags: {', '.join(record.tags)}"))
        return
    wanted = st.multiselect(
        "Tags",
        sorted({*known(), *record.tags}),
        default=list(record.tags),
        accept_new_options=True,
        placeholder="add tags",
        label_visibility="collapsed",
        key=f"tags-{record.run.id}",
    )
    if set(wanted) != set(record.tags):
        _change([record], set(wanted) - set(record.tags), set(record.tags) - set(wanted))


def of_several(ids: Sequence[str]) -> None:
    """Tags to give to several runs at once, or to take off."""
    with st.popover("Tag", icon=":material/label:"):
        selected = st.multiselect("Tags", known(), accept_new_options=True, placeholder="one or more words")
        with st.container(horizontal=True):
            add = st.button("Add", type="primary", disabled=not selected)
            remove = st.button("Remove", disabled=not selected)
    records = [r for r in cached.all_runs()[0] if r.run.id in set(ids)]
    if add:
        _change(records, selected, ())
    elif remove:
        _change(records, (), selected)


def _change(
    records: Sequence[Record], add: Sequence[str] | set[str], remove: Sequence[str] | set[str]
) -> None:
    try:
        for record in records:
            change_tags(record.folder, add, remove)
    except SurgelineError as problem:
        st.error(elements.escaped(str(problem)))
        return
    st.rerun()
