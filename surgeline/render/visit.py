"""A visit that was learned from a HAR, as a page in Markdown and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.learn.learned_text import NAMES
from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.visit import LearnedVisit, VisitStep
from surgeline.render.console import out
from surgeline.render.table import plain_table

COLUMNS = ("request", "begins at", "waits before it", "response time", "status")


def show_visit(visit: LearnedVisit, written: Sequence[str]) -> None:
    """The requests in order, what cannot be known, and the files that were written."""
    for line in _lines(visit):
        out.print(line, soft_wrap=True)
    table = plain_table(*COLUMNS)
    for each in visit.steps:
        table.add_row(each.route, *_cells(each))
    out.print(table)
    for missing in visit.unknown:
        line = f"  ? {missing.quantity}: cannot be known from this: {missing.why}"
        out.print(line, style="yellow", soft_wrap=True)
    out.print("Written: " + ", ".join(written), soft_wrap=True)


def visit_page(visit: LearnedVisit) -> str:
    """`learned.md`: the requests in order, and what cannot be known."""
    lines = ["# Learned from one visit", "", *(f"{line}  " for line in _lines(visit)), ""]
    lines += [f"| {' | '.join(COLUMNS)} |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join([_code(each.route), *_cells(each)])} |" for each in visit.steps]
    lines += ["", "## Cannot be known from this", ""]
    lines += [f"- **{each.quantity}**: {each.why}." for each in visit.unknown]
    lines += ["", "## How", "", *HOW]
    return "\n".join(lines) + "\n"


HOW = (
    "- **Waits** are the time from the end of all earlier requests to the beginning of the next: the think time of the",
    "  user, or of the page itself. In the journey a request waits as long.",
    "- **Response times** are those from the sent request to the response's head, with the network's round trip.",
)


def _lines(visit: LearnedVisit) -> Iterator[str]:
    yield f"{len(visit.steps)} requests to {visit.host} in {format_value(visit.duration_s, 's')}, from {visit.file}."
    for each in visit.response:
        yield f"{NAMES[each.name]}: {format_measured(each)} (95% interval {format_interval(each)}, n = {each.n})."
    if visit.others:
        named = ", ".join(f"{host} ({count})" for host, count in visit.others[:5])
        more = f" and {len(visit.others) - 5} more hosts" if len(visit.others) > 5 else ""
        yield f"Not used: requests to {named}{more}; choose another host with --host."
    if visit.without_network:
        yield f"Not used: {visit.without_network} requests that the browser answered without the network."


def _cells(each: VisitStep) -> tuple[str, ...]:
    waits = "none, others are under way" if each.beside else format_value(each.think_s, "s")
    return (
        format_value(each.at_s, "s"), waits, format_value(each.response_s, "s"), str(each.status or "no response"),
    )  # fmt: skip


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"
