"""The list of runs as a component: a click or Enter opens a run, a tick or a key selects it, a key compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import streamlit as st

from dashboard.components.html_block import rendered
from dashboard.data.work_list import NUMBERS, WorkGroup

HERE = Path(__file__).parent
KEY = "runs-list"


@dataclass(frozen=True, slots=True)
class WorkListEvents:
    """What was done in the list: the run to open, "" for none, and the runs to compare by the key."""

    opened: str
    compared: tuple[str, ...]


def work_list(
    groups: Sequence[WorkGroup], selected: Sequence[str], on_selected: Callable[[list[str]], None]
) -> WorkListEvents:
    """Draws the groups with some runs ticked. `on_selected` is told every tick before the page is drawn again."""
    scenarios = [(name, list(of_one)) for name, of_one in groupby(groups, lambda group: group.scenario)]
    html = rendered("work_list.html.j2", scenarios=scenarios, titles=list(NUMBERS))
    found = _component()(
        key=KEY,
        data={"html": html, "selected": list(selected)},
        on_selected_change=lambda: on_selected(list(st.session_state[KEY].get("selected") or [])),
        on_opened_change=_nothing,
        on_compared_change=_nothing,
    )
    return WorkListEvents(found.opened or "", tuple(found.compared or ()))


@cache
def _component() -> st.components.v2.types.ComponentRenderer:
    """The component, with its styles in the page, so that they reach the bar of buttons below the list as well."""
    return st.components.v2.component(
        "surgeline_work_list",
        css=(HERE / "work_list.css").read_text(encoding="utf-8"),
        js=(HERE / "work_list.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


def _nothing() -> None:
    """The page reads the trigger itself."""
