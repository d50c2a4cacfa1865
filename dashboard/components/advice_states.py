"""What the twin predicts of an advice, on its page."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b

import pandas as pd
import streamlit as st

from dashboard.charts.setting_grid import setting_grid
from dashboard.components import elements
from dashboard.components.background_result import show_result
from dashboard.data import cached
from dashboard.data.grid_frames import grid_cells
from dashboard.data.predicted_advice import AdviceQuestion, read_advice_map, start_advice_map
from harness.model.advice_map import SettingGrid
from harness.model.advice_map_text import MAP_MARK, OUTSIDE_NOTE, grid_title, map_table, search_sentence

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
    if found.grid is not None:
        _show_grid(found.grid)


def _show_grid(grid: SettingGrid) -> None:
    st.markdown(f"**{elements.escaped(grid_title(grid))}**")
    cells = grid_cells(grid)
    elements.show_chart_of(
        grid.model_dump_json(),
        lambda: [setting_grid(cells, grid.key, elements.palette())],
        "advice-grid",
        "Whether the SLO holds, over the rate and the setting that matters most",
    )
