"""Tables for the terminal: no frame, bold headers."""

from __future__ import annotations

from rich.table import Table


def plain_table(*headers: str) -> Table:
    """An empty table."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    return table
