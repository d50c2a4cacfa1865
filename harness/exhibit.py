"""The gallery on a terminal: trap, expected, seen, and where others met it; or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from harness import terminal
from harness.gallery import Sight, sights, traps
from harness.model.trap import Trap

_MARKS = {True: Text("✓", "green"), False: Text("✗", "red"), None: Text("–", "yellow")}


def show(numbers: Sequence[int], as_json: bool) -> bool:
    """Plays the traps and prints each as it ends; returns True when all showed what is expected.

    What can't be played here is printed with the reason, and not counted. Raises BadInput.
    """
    seen: list[Sight] = []
    for path, trap in traps(numbers):
        found = list(sights(path, trap))
        seen += found
        if not as_json:
            _print(trap, found)
    if as_json:
        terminal.as_json([_row(sight) for sight in seen])
    elif len(seen) > 1:
        holding, counted = (
            sum(sight.holds is True for sight in seen),
            [s for s in seen if s.holds is not None],
        )
        terminal.out.print(f"{holding} of {len(counted)} cases showed what is expected")
    return all(sight.holds is not False for sight in seen)


def _print(trap: Trap, found: list[Sight]) -> None:
    terminal.out.print(Text.assemble((f"{trap.trap:2} ", "bold"), (trap.title, "bold")))
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(width=1)
    table.add_column(min_width=40)
    for _ in range(2):
        table.add_column(no_wrap=True)
    for sight in found:
        table.add_row(
            _MARKS[sight.holds], sight.case.name, f"expected {sight.expected}", f"seen {sight.shown}"
        )
    terminal.out.print(table)
    terminal.out.print(f"   known: {trap.known}; {trap.link}", style="dim", soft_wrap=True)


def _row(sight: Sight) -> dict[str, object]:
    return {
        "trap": sight.trap.trap,
        "title": sight.trap.title,
        "case": sight.case.name,
        "measure": sight.case.measure,
        "expected": sight.expected,
        "seen": sight.value,
        "shown": sight.shown,
        "holds": sight.holds,
        "known": sight.trap.known,
        "link": sight.trap.link,
    }
