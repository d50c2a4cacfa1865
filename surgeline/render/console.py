"""The output of the command line: results on standard output, progress on standard error, within 100 columns."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.segment import Segment
from rich.text import Text

from harness.model.driver_messages import Listening
from harness.model.driver_messages import Progress as Second
from harness.model.formatting import format_value
from mock_upstream.config.printable import printable

if TYPE_CHECKING:
    from harness.lab.conductor import Watcher

WIDTH = 100
PLAIN_EVERY_S = 5.0


class PlainConsole(Console):
    """A console on which text is text: nothing in it is markup, and no character of it controls the terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, markup=False, emoji=False, highlight=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """The segments of something to print, with every control character replaced by a visible one."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


class ProgressConsole(PlainConsole):
    """Standard error: a command goes on when nobody reads it or its device is full."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Prints, if that is possible."""
        try:
            super().print(*objects, **options)
        except OSError:
            self._buffer.clear()  # Rich would print it with the next line

    def on_broken_pipe(self) -> None:
        """Does nothing; Rich would end the command."""


def _columns() -> int:
    at_terminal = sys.stdout is not None and sys.stdout.isatty()
    return min(WIDTH, Console().width) if at_terminal else WIDTH


out = PlainConsole(width=_columns())
err = ProgressConsole(stderr=True)


@contextmanager
def progress(title: str, duration_s: float) -> Iterator[Watcher]:
    """A watcher that draws a bar with rate, p99, errors and time left; plain lines without a terminal."""
    if not err.is_terminal:
        yield _PlainLines(title, duration_s)
        return
    columns: list[ProgressColumn | str] = [
        TextColumn("{task.description}", style="bold", markup=False),
        BarColumn(bar_width=24),
        _Left(),
        TextColumn("{task.fields[now]}", markup=False),
    ]
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=duration_s, now="starting")

        def watch(second: Second) -> None:
            bar.update(task, completed=min(second.at_s, duration_s), now=_now(second))

        yield watch


def announce(place: Listening, token_file: str = "") -> None:
    """Prints the command that starts a remote worker."""
    command = f"surgeline worker --master {place.host}:{place.port}"
    if token_file:
        command += f" --token-file {token_file}"
    err.print(f"Waiting for remote workers. To start one: {command}", soft_wrap=True)


class _Left(ProgressColumn):
    def render(self, task: Task) -> RenderableType:
        """Seconds of arrivals that remain."""
        return Text(f"{max(0.0, (task.total or 0) - task.completed):3.0f} s left", style="cyan")


class _PlainLines:
    def __init__(self, title: str, duration_s: float) -> None:
        self._title, self._duration_s, self._next_s = title, duration_s, 0.0

    def __call__(self, second: Second) -> None:
        if second.at_s < self._next_s:
            return
        self._next_s = second.at_s + PLAIN_EVERY_S
        left_s = max(0.0, self._duration_s - second.at_s)
        err.print(f"{self._title}: {left_s:3.0f} s left, {_now(second)}", soft_wrap=True)


def _now(second: Second) -> str:
    waiting = f", {second.queued_journeys} waiting" if second.queued_journeys else ""
    state = "draining, " if second.draining else ""
    failed = f"{second.errors} of {second.calls} failed"
    p99 = format_value(second.p99_s if second.p99_reached else inf, "s")
    return f"{state}{second.rate_per_s:.0f}/s, p99 {p99}, {failed}{waiting}"


def print_json(value: Any) -> None:
    """Prints one JSON document."""
    import json

    print(json.dumps(value, indent=2, default=str))  # noqa: T201
