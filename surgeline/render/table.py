"""Tables for the terminal: no frame, bold headers."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text


def plain_table(*headers: str) -> Table:
    """An empty table."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def dimmed(value: str, note: str) -> Text:
    """A cell of two lines: a value, and a note about it."""
    return Text.assemble(value, "\n", (note, "dim"))


def subject(scenario: str, policy: str, rest: str = "") -> Text:
    """What something printed is about: the scenario and the policy."""
    return Text.assemble((scenario, "bold"), " × ", (policy, "bold"), rest)
