"""The list of runs as a component: a click or Enter opens a run, a tick or a key selects it, a key compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import streamlit as st

from dashboard.components.browser_part import browser_part
from dashboard.components.elements import palette
from dashboard.components.html_block import rendered
from dashboard.data.work_list import NUMBERS, WorkGroup

KEY = "runs-list"


def work_list(
    groups: Sequence[WorkGroup], selected: Sequence[str], on_selected: Callable[[list[str]], None]
) -> None:
    """Draws the groups with some runs ticked. `on_selected` is told every tick before the page is drawn again."""
    scenarios = [(name, list(of_one)) for name, of_one in groupby(groups, lambda group: group.scenario)]
    colours = palette()
    html = rendered(
        "work_list.html.j2",
        scenarios=scenarios,
        titles=list(NUMBERS),
        ground=colours.ground,
        line=colours.line,
    )
    browser_part("work_list", in_page=True)(
        key=KEY,
        data={"html": html, "selected": list(selected)},
        on_selected_change=lambda: on_selected(list(st.session_state[KEY].get("selected") or [])),
    )
