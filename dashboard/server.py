"""The server: Streamlit's own, whose pages are told where it lies.

Without that, Streamlit's script searches for its server below the path of the page first, and the console of the
browser shows two errors.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

HERE, INDEX = Path(__file__).parent, Path(st.__file__).parent / "static" / "index.html"
PATHS = ("", *sorted(view.stem for view in HERE.glob("views/[!_]*.py")))
"""Of the pages; each is named after its file in views/."""
ADDRESS = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };</script>'
"""The server lies beside the page, as the page's files do, so this also holds below a path of a proxy."""


async def page(_: Request) -> HTMLResponse:
    """Streamlit's page with the address of its server."""
    written = INDEX.read_text(encoding="utf-8").replace("<head>", f"<head>{ADDRESS}", 1)
    return HTMLResponse(written, headers={"Cache-Control": "no-cache"})


app = st.App(HERE / "app.py", routes=[Route(f"/{path}", page) for path in PATHS])
