"""What the server adds to Streamlit's."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from starlette.requests import Request

import dashboard
from dashboard.server import ADDRESS, PATHS, page


def test_the_page_knows_its_server_before_its_script_is_loaded() -> None:
    response = asyncio.run(page(Request({"type": "http"})))
    written = bytes(response.body).decode()
    assert 0 < written.index(ADDRESS) < written.index('<script type="module"')


def test_every_page_of_the_navigation_is_served() -> None:
    navigation = Path(dashboard.__path__[0], "app.py").read_text(encoding="utf-8")
    assert {"", *re.findall(r'url_path="(\w+)"', navigation)} == set(PATHS)
