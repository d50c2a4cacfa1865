"""What every page has: `?` lists its keys, and a link to another page takes one entry of the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st

from dashboard.components.browser_part import browser_part
from dashboard.components.elements import palette
from dashboard.components.html_block import rendered

VISIT = "every-page-visit"
EVERYWHERE = {
    "y": "Copy the link to this page as it is now",
    "?": "Show or hide this list",
    "Esc": "Close what is open",
}
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


def every_page(title: str) -> None:
    """Adds to the page of this title a button and a dialog with its keys, and the handling of its links."""
    keys = {**OF_PAGE.get(title, {}), **EVERYWHERE}
    html = rendered("every_page.html.j2", keys=keys, ink=palette().ink)
    browser_part("every_page", in_page=True)(
        key="every-page",
        data={"html": html, "visit": st.session_state.pop(VISIT, "")},
        on_theme_change=lambda: None,  # the page is drawn again, in the colours of the new theme
    )


def visit(page: str, **query: str) -> NoReturn:
    """Goes to another page as a link does; `st.switch_page` would take two entries of the history."""
    st.session_state[VISIT] = f"{page}?{urlencode(query)}"
    st.rerun()
