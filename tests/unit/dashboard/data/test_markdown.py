"""Tables in Markdown."""

from __future__ import annotations

import pandas as pd

from dashboard.data.markdown import markdown_table, plain


def test_text_of_a_record_makes_neither_cells_nor_html() -> None:
    assert plain("a | b <img src=x>") == "a \\| b &lt;img src=x>"
    lines = markdown_table(pd.DataFrame([{"run": "x|y", "n": 3}]))
    assert lines == ["| run | n |", "|---|---|", "| x\\|y | 3 |"]
