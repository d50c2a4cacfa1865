"""The keys of a page: `?` lists them, on every page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.components.html_block import rendered

HERE = Path(__file__).parent
EVERYWHERE = {"?": "Show or hide this list", "Esc": "Close what is open"}
OF_PAGE: Mapping[str, Mapping[str, str]] = {
    "Runs": {
        "j": "Next run",
        "k": "Previous run",
        "Enter": "Open the run",
        "x": "Select the run, or take it out of the selection",
        "c": "Compare the selected runs",
    },
}
"""What the component of a page does on a key, by the page's title."""


def key_help(title: str) -> None:
    """A button and a dialog with the keys of the page of this title."""
    keys = {**OF_PAGE.get(title, {}), **EVERYWHERE}
    _component()(key="key-help", data={"html": rendered("key_help.html.j2", keys=keys)})


@cache
def _component() -> st.components.v2.types.ComponentRenderer:
    return st.components.v2.component(
        "surgeline_key_help",
        css=(HERE / "key_help.css").read_text(encoding="utf-8"),
        js=(HERE / "key_help.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
