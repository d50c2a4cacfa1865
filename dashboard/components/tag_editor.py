"""Tags on pages: shown to everybody, changed by whoever may start runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard.components import elements
from dashboard.data import cached
from harness.model.errors import SurgelineError
from harness.record.reader import Record
from harness.record.tags import change_tags

REFUSED, SEVERAL = "tags-refused", "tags-of-several"


def known() -> list[str]:
    """Every tag that some run carries."""
    return sorted({word for record in cached.all_runs()[0] for word in record.tags})


def of_one(record: Record) -> None:
    """One run's tags: words to add and to remove, or just the words for who may only look."""
    if cached.read_only():
        if record.tags:
            st.caption(elements.escaped(f"Tags: {', '.join(record.tags)}"))
        return
    key = f"tags-{record.run.id}"
    st.session_state[key] = list(record.tags)
    st.multiselect(
        "Tags",
        sorted({*known(), *record.tags}),
        accept_new_options=True,
        placeholder="add tags",
        label_visibility="collapsed",
        key=key,
        on_change=_set_tags,
        args=(record, key),
    )
    _refusals()


def _set_tags(record: Record, key: str) -> None:
    wanted = set(st.session_state[key])
    _change([record], wanted - set(record.tags), set(record.tags) - wanted)


def of_several(ids: Sequence[str]) -> None:
    """Tags to give to several runs at once, or to take off."""
    records = [r for r in cached.all_runs()[0] if r.run.id in set(ids)]
    with st.popover("Tag", icon=":material/label:"):
        selected = st.multiselect(
            "Tags", known(), key=SEVERAL, accept_new_options=True, placeholder="one or more words"
        )
        with st.container(horizontal=True):
            st.button(
                "Add", type="primary", disabled=not selected, on_click=_change, args=(records, selected, ())
            )
            st.button("Remove", disabled=not selected, on_click=_change, args=(records, (), selected))
    _refusals()


def _change(records: Sequence[Record], add: Iterable[str], remove: Iterable[str]) -> None:
    """Changes what can be changed; each word that cannot be a tag is refused in one line, and blocks no other."""
    refused = dict[str, None]()
    for record in records:
        for added, removed in [*(([], [word]) for word in remove), *(([word], []) for word in add)]:
            try:
                change_tags(record.folder, added, removed)
            except SurgelineError as problem:
                refused[str(problem)] = None
    st.session_state[REFUSED] = list(refused)
    if SEVERAL in st.session_state:
        st.session_state[SEVERAL] = []


def _refusals() -> None:
    """Shows once what was refused."""
    for line in st.session_state.pop(REFUSED, ()):
        st.error(elements.escaped(line))
