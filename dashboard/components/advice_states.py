"""What the twin predicts of an advice, on its page."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b

import pandas as pd
import streamlit as st

from dashboard.components import elements
from dashboard.components.background_result import show_result
from dashboard.data import cached
from dashboard.data.predicted_advice import AdviceQuestion, read_advice_map, start_advice_map
from harness.model.advice_map_text import MAP_MARK, OUTSIDE_NOTE, map_table, search_sentence

COLOURS = {"keeps": "green", "may break": "orange", "breaks": "red"}


def show_advice_states(question: AdviceQuestion) -> None:
    """The states over the rate and what a search found, once they are there."""
    text = question.model_dump_json()
    key = blake2b(text.encode(), digest_size=8).hexdigest()
    show_result(key, partial(start_advice_map, question, cached.root()), _show)


def _show(text: str) -> None:
    found = read_advice_map(text)
    if found.searched:
        sentence = elements.escaped(search_sentence(found))
        (st.error if found.found else st.info)(sentence)
    if not found.states:
        st.info(elements.escaped(found.refused))
        return
    st.markdown(f"**{elements.escaped(MAP_MARK)}**")
    columns, rows = map_table(found)
    frame = elements.escaped_cells(pd.DataFrame(rows, columns=columns))
    frame["SLO"] = [f":{COLOURS[e.state]}[{t}]" for e, t in zip(found.states, frame["SLO"], strict=True)]
    elements.show_table(frame)
    if any(each.outside for each in found.states):
        st.caption(elements.escaped(OUTSIDE_NOTE))
