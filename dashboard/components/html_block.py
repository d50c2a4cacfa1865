"""Pieces of pages that are HTML of our own, where Streamlit has no element: templates beside this file, all escaped."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.components.elements import palette
from dashboard.theme.html_templates import templates_of

HERE = Path(__file__).parent


def show_html(template: str, **values: object) -> None:
    """Shows a template; whatever it shows is escaped. It has the palette's colours as CSS variables."""
    st.html(rendered(template, **values))


def rendered(template: str, **values: object) -> str:
    """The HTML of a template, escaped, with the palette's colours as CSS variables."""
    colours = "; ".join(f"--{role}: {colour}" for role, colour in palette().roles().items())
    body = templates_of(HERE).get_template(template).render(**values)
    return f'<div class="surgeline" style="{colours}">{body}</div>'
