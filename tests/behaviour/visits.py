"""Pages opened without a browser, and what they say."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

import dashboard

APP = Path(dashboard.__file__).with_name("app.py")


def opened(page: str, /, **query: str | list[str]) -> AppTest:
    """A page with these query parameters, run once."""
    app = AppTest.from_file(str(APP), default_timeout=20).switch_page(f"views/{page}.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def rendered_text(app: AppTest) -> str:
    """All text that a page shows, but for tables."""
    shown = [
        *app.title,
        *app.caption,
        *app.markdown,
        *app.info,
        *app.warning,
        *app.error,
        *app.success,
        *app.code,
    ]
    return "\n".join(str(element.value) for element in shown)


def html_text(app: AppTest) -> str:
    """The text of the page's own HTML, one line per element of it."""
    bodies = [
        re.sub(r"<style>.*?</style>", "", block.proto.body, flags=re.DOTALL) for block in app.get("html")
    ]
    return re.sub(r"\s*\n\s*", "\n", html.unescape(re.sub(r"<[^>]+>", "\n", "\n".join(bodies))))


def component_data(app: AppTest, name: str) -> dict[str, Any]:
    """What the page gave to the only component of this name."""
    (found,) = (block.proto for block in app.get("bidi_component") if block.proto.component_name == name)
    data: dict[str, Any] = json.loads(found.json)
    return data


def listed_policies(app: AppTest) -> list[str]:
    """The policy of each run that the page of runs lists, in order."""
    html_ = component_data(app, "surgeline_work_list")["html"]
    return [
        re.sub(r".*(stateless|textbook|careful|cramped).*", r"\1", run)
        for run in re.findall(r'data-run="([^"]+)"', html_)
    ]


def first_sentence(app: AppTest) -> str:
    """What the page says first in a coloured box."""
    boxes = [
        element for element in app.main if element.type in {"alert", "success", "info", "warning", "error"}
    ]
    return str(boxes[0].value).replace("\\", "").strip("*")
