"""What was learned, in words: names of its quantities, its source, its law of service times and its arrivals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.learned import Learned
from harness.model.verdict import Measurement

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


def source_text(learned: Learned) -> str:
    """How many requests of which files, and when they were."""
    first, last = (datetime.fromtimestamp(at_s, UTC) for at_s in (learned.first_s, learned.last_s))
    many = "line did not fit and was" if learned.skipped_lines == 1 else "lines did not fit and were"
    skipped = f"; {learned.skipped_lines:,} {many} skipped" if learned.skipped_lines else ""
    return (
        f"{learned.requests:,} requests from {', '.join(learned.files)} ({learned.kind}), {first:%Y-%m-%d %H:%M:%S} to"
        f" {last:%Y-%m-%d %H:%M:%S} UTC{skipped}."
    )


def measured(learned: Learned) -> Iterator[Measurement]:
    """Each estimate; those that cannot be known are left out."""
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


def law_text(learned: Learned) -> str:
    """The law of service times with its values."""
    law = learned.law
    if law.distribution == "empirical":
        return "no simple law fits, so the measured times themselves are used"
    values = law.model_dump(exclude={"distribution"})
    settings = ", ".join(f"{key} = {value:g}" for key, value in values.items())
    return f"{law.distribution}, {settings}"


def overhead_text(learned: Learned) -> str:
    """A sentence about the overhead that was subtracted; empty without one."""
    if learned.overhead_s is None:
        return ""
    return f" Client and network added {format_value(learned.overhead_s, 's')} to each request, which is subtracted."


def interval_text(each: Measurement) -> str:
    """The interval of an estimate; one that is a single number is no exact one."""
    if each.low is not None and each.low == each.high and each.name in ("workers", "load"):
        return f"{format_measured(each)} – {format_measured(each)}"
    return format_interval(each)
