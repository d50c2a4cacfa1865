"""The pitfalls on a terminal: pitfall, expected result, measured result, and where it was reported; or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from harness.pitfalls.check import CaseResult, play_cases, shipped_pitfalls
from harness.pitfalls.model import Pitfall
from surgeline.render.console import out, print_json

_MARKS = {True: Text("✓", "green"), False: Text("✗", "red"), None: Text("–", "yellow")}


def show_pitfalls(numbers: Sequence[int], as_json: bool) -> bool:
    """Reproduces the pitfalls and prints each as it ends; returns True when all gave the expected result.

    A pitfall that cannot be reproduced here is printed with the reason, and not counted. Raises ConfigError.
    """
    seen: list[CaseResult] = []
    for path, pitfall in shipped_pitfalls(numbers):
        found = list(play_cases(path, pitfall))
        seen += found
        if not as_json:
            _print(pitfall, found)
    if as_json:
        print_json([_row(result) for result in seen])
    elif len(seen) > 1:
        holding, counted = (
            sum(result.holds is True for result in seen),
            [s for s in seen if s.holds is not None],
        )
        out.print(f"{holding} of {len(counted)} cases gave the expected result")
    return all(result.holds is not False for result in seen)


def _print(pitfall: Pitfall, found: list[CaseResult]) -> None:
    out.print(Text.assemble((f"{pitfall.number:2} ", "bold"), (pitfall.title, "bold")))
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(width=1)
    table.add_column(min_width=40)
    for _ in range(2):
        table.add_column(no_wrap=True)
    for result in found:
        table.add_row(
            _MARKS[result.holds], result.case.name, f"expected {result.expected}", f"measured {result.shown}"
        )
    out.print(table)
    out.print(f"   reported in: {pitfall.known}; {pitfall.link}", style="dim", soft_wrap=True)


def _row(result: CaseResult) -> dict[str, object]:
    return {
        "pitfall": result.pitfall.number,
        "title": result.pitfall.title,
        "case": result.case.name,
        "measure": result.case.measure,
        "expected": result.expected,
        "seen": result.value,
        "shown": result.shown,
        "holds": result.holds,
        "known": result.pitfall.known,
        "link": result.pitfall.link,
    }
