"""What was learned, as a page in Markdown and for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.learn.learned_text import (
    KINDS,
    NAMES,
    interval_text,
    law_text,
    measured,
    overhead_text,
    source_text,
)
from harness.model.formatting import format_interval, format_measured, format_share
from harness.model.learned import Learned
from surgeline.render.console import out
from surgeline.render.table import plain_table


def show_learned(learned: Learned, written: Sequence[str]) -> None:
    """The estimates, what cannot be known, and the files that were written."""
    out.print(source_text(learned), soft_wrap=True)
    table = plain_table("learned", "value", "95% interval", "n")
    for each in measured(learned):
        table.add_row(NAMES[each.name], format_measured(each), interval_text(each), f"{each.n:,}")
    out.print(table)
    out.print(
        f"Service times: {law_text(learned)}. Calls arrive {KINDS[learned.arrivals.kind]}.{overhead_text(learned)}",
        soft_wrap=True,
    )
    for missing in learned.unknown:
        out.print(
            f"  ? {missing.quantity}: cannot be known from this: {missing.why}",
            style="yellow",
            soft_wrap=True,
        )
    out.print("Written: " + ", ".join(written), soft_wrap=True)


def learned_page(learned: Learned, plots: Mapping[str, str]) -> str:
    """`learned.md`: what was estimated from how much, and what cannot be known. `plots` are file names by title."""
    lines = ["# Learned from production", "", source_text(learned), ""]
    lines += ["| quantity | value | 95% interval | n |", "|---|---|---|---|"]
    lines += [
        f"| {NAMES[each.name]} | {format_measured(each)} | {interval_text(each)} | {each.n:,} |"
        for each in measured(learned)
    ]
    lines += [
        "",
        f"Service times: {law_text(learned)}. Calls arrive {KINDS[learned.arrivals.kind]}.{overhead_text(learned)}",
        "",
    ]
    lines += ["## Cannot be known from this", ""]
    lines += [f"- **{each.quantity}**: {each.why}." for each in learned.unknown]
    lines += [
        "",
        "## Routes",
        "",
        "| route | share of calls | failed | statuses of errors |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {_cell(each.route)} | {format_measured(each.share)} ({format_interval(each.share)})"
        f" | {format_measured(each.errors)} ({format_interval(each.errors)})"
        f" | {', '.join(f'{status}: {format_share(ratio)}' for status, ratio in each.statuses) or '–'} |"
        for each in learned.routes
    ]
    for title, name in plots.items():
        lines += ["", f"## {title}", "", f"![{title}]({name})"]
    lines += ["", "## How", "", *HOW]
    return "\n".join(lines) + "\n"


HOW = (
    "- **Workers and service times**: for each number of workers the queue recursion gives the service times; that",
    "  number is chosen for which they are the likeliest under the law that requests show which met few others. Its",
    "  interval spans the numbers that are nearly as likely. What the client (or proxy) and its network add is",
    "  subtracted first: of the round trip and up to 1 ms more, the likeliest.",
    "- **Response times** are those of attempts. One that ended in a timeout is known to be longer (Kaplan–Meier).",
    "- **Intervals** are those of dependent samples, with 95% confidence.",
)


def _cell(text: str) -> str:
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"
