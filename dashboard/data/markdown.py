"""Markdown for a pull request or a ticket: text of a record makes neither cells nor HTML there."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def plain(text: str) -> str:
    """A text without its bars and HTML."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def markdown_table(frame: pd.DataFrame) -> list[str]:
    """The lines of a table."""
    lines = [_row(list(frame.columns)), "|" + "---|" * len(frame.columns)]
    return [*lines, *(_row(row) for row in frame.itertuples(index=False, name=None))]


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(plain(str(cell)) for cell in cells)} |"
