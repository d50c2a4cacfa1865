"""What was learned, as a page in Markdown and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from harness.model.formatting import format_interval, format_measured, format_share, format_value
from harness.model.learned import Learned
from harness.model.verdict import Measurement
from surgeline.render.console import out
from surgeline.render.table import plain_table

KINDS = {
    "poisson": "at random (a Poisson process) within each step of the rate",
    "constant": "evenly spaced within each step of the rate",
    "bursty": "in bursts that a curve of rates does not show, so the times themselves are replayed",
}
NAMES = {
    "arrivals": "arrivals",
    "workers": "workers",
    "load": "load of the workers",
    "timed_out": "ended in a timeout",
    "hidden_traffic": "hidden traffic",
    "amplification": "attempts per call",
    **{f"service.p{q}": f"service time p{q}" for q in (50, 95, 99)},
    **{f"response.p{q}": f"response time p{q}" for q in (50, 95, 99)},
}


def show_learned(learned: Learned, written: Sequence[str]) -> None:
    """The estimates, what cannot be known, and the files that were written."""
    out.print(_source(learned), soft_wrap=True)
    table = plain_table("learned", "value", "95% interval", "n")
    for each in _measured(learned):
        table.add_row(NAMES[each.name], format_measured(each), format_interval(each), f"{each.n:,}")
    out.print(table)
    out.print(
        f"Service times: {_law(learned)}. Calls arrive {KINDS[learned.arrivals.kind]}.{_overhead(learned)}",
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
    lines = ["# Learned from production", "", _source(learned), ""]
    lines += ["| quantity | value | 95% interval | n |", "|---|---|---|---|"]
    lines += [
        f"| {NAMES[each.name]} | {format_measured(each)} | {format_interval(each)} | {each.n:,} |"
        for each in _measured(learned)
    ]
    lines += [
        "",
        f"Service times: {_law(learned)}. Calls arrive {KINDS[learned.arrivals.kind]}.{_overhead(learned)}",
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
    "  number is chosen for which they depend least on the queue and on the gaps between arrivals. Its interval spans",
    "  the estimates of single stretches. What the client (or proxy) and its network add is subtracted first: of",
    "  the round trip and up to 1 ms more, that for which the dependence is least.",
    "- **Response times** are those of attempts. One that ended in a timeout is known to be longer (Kaplan–Meier).",
    "- **Intervals** are those of dependent samples, with 95% confidence.",
)


def _source(learned: Learned) -> str:
    first, last = (datetime.fromtimestamp(at_s, UTC) for at_s in (learned.first_s, learned.last_s))
    many = "line did not fit and was" if learned.skipped_lines == 1 else "lines did not fit and were"
    skipped = f"; {learned.skipped_lines:,} {many} skipped" if learned.skipped_lines else ""
    return (
        f"{learned.requests:,} requests from {', '.join(learned.files)} ({learned.kind}), {first:%Y-%m-%d %H:%M:%S} to"
        f" {last:%Y-%m-%d %H:%M:%S} UTC{skipped}."
    )


def _measured(learned: Learned) -> Iterator[Measurement]:
    yield learned.arrivals.mean
    if learned.workers is not None:
        yield learned.workers
    if learned.load is not None:
        yield learned.load
    yield from (*learned.service, *learned.response)
    if learned.timed_out is not None:
        yield learned.timed_out
    if learned.hidden is not None:
        yield learned.hidden
    if learned.attempts_per_call is not None:
        yield learned.attempts_per_call


def _law(learned: Learned) -> str:
    law = learned.law
    if law.distribution == "empirical":
        return "no simple law fits, so the measured times themselves are used"
    values = law.model_dump(exclude={"distribution"})
    settings = ", ".join(f"{key} = {value:g}" for key, value in values.items())
    return f"{law.distribution}, {settings}"


def _overhead(learned: Learned) -> str:
    if learned.overhead_s is None:
        return ""
    return f" Client and network added {format_value(learned.overhead_s, 's')} to each request, which is subtracted."


def _cell(text: str) -> str:
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"
