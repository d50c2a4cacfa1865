"""Parts of pages with JavaScript of our own: each is made of the files beside this one that have its name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent


@cache
def browser_part(name: str, *, in_page: bool = False) -> ComponentRenderer:
    """The part of `name.js`, with `name.html` and `name.css` if there are any.

    A part that is `in_page` shares the styles of the page, and has the function of `drawn.js`, which shows a template.
    """
    found = {kind: HERE / f"{name}.{kind}" for kind in ("html", "css", "js")}
    texts = {kind: path.read_text(encoding="utf-8") for kind, path in found.items() if path.exists()}
    if in_page:
        texts["js"] = (HERE / "drawn.js").read_text(encoding="utf-8") + texts["js"]
    return st.components.v2.component(f"surgeline_{name}", **texts, isolate_styles=not in_page)
