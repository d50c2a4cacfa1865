"""What cannot be known from a source, and why: it is listed, and no number is written for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analyse.learning.hidden_traffic import is_hidden
from harness.learn.sources import Kind, has_attempts
from harness.model.formatting import format_share
from harness.model.learned import Unknown
from harness.model.verdict import Measurement


def unknowns(
    kind: Kind, why_no_workers: str, response: Sequence[Measurement], hidden: Measurement | None
) -> Iterator[Unknown]:
    """The list, beginning with what matters most."""
    if why_no_workers:
        yield Unknown(quantity="number of workers", why=why_no_workers)
    if hidden is None:
        why = "one source shows its own requests only; with hidden ones the number of workers is what these were left"
        yield Unknown(quantity="traffic of other clients", why=why)
    elif is_hidden(hidden):
        share = format_share(hidden.number)
        why = f"{share} of the requests of the second source are not in this one; the number is what these were left"
        yield Unknown(quantity="number of workers for all traffic", why=why)
    yield Unknown(
        quantity="order of the queue", why="first come first served was assumed; sharing looks the same"
    )
    yield Unknown(
        quantity="limit of the queue", why="only responses of 503 show one, and then only from above"
    )
    if not has_attempts(kind):
        yield Unknown(quantity="retries", why="a server's log does not say which requests repeat others")
    for each in response:
        if each.value is None:
            name = f"{each.name.partition('.')[2]} of response times"
            yield Unknown(quantity=name, why=f"too many requests were given up; it is above {each.low:.3g} s")
