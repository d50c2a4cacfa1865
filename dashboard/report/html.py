"""Runs and their comparison as one HTML file that needs nothing else: no network, no script, any theme."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dashboard.report.contents import contents
from dashboard.report.inline_svg import THEMES
from dashboard.theme.html_templates import templates_of
from harness.model.verdict import Comparison
from harness.record.reader import Record

HERE = Path(__file__).parent


def html_report(records: Sequence[Record], comparison: Comparison | None) -> str:
    """The page. `records` are shown in their order; `comparison` may be None, as for a single run."""
    css = (HERE / "report.css").read_text(encoding="utf-8")
    template = templates_of(HERE).get_template("report.html.j2")
    return template.render(report=contents(records, comparison), themes=THEMES, css=css)
