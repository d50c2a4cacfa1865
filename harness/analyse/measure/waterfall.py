"""One call on a time axis: every wait and every attempt, and what the upstream's ledger has of each attempt.

Times of a waterfall are seconds since the call's scheduled start. Driver and upstream count from one epoch on one
clock, so their rows can be put under each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.model.call import ABANDONED, Attempt, Call
from harness.model.call_query import TracedCall
from harness.model.quantities import DURATIONS, OTHER, SUMMED, Hue, Part
from harness.model.served import Served
from mock_upstream.config.attempt_numbers import request_of

QUEUE, SERVICE, DELAY, SENDING, UNANSWERED = (
    "queue",
    "service",
    "delay of the response",
    "sending the response",
    "no response sent",
)
"""What happens to an attempt at the upstream, in this order."""

_HUES: dict[str, Hue] = {
    QUEUE: "rose", SERVICE: "slate", DELAY: "brown", SENDING: "sky", UNANSWERED: "silver",
}  # fmt: skip
_ROUNDING_S = 1e-9
"""Shorter stretches come from rounding alone."""
_CALLS_OWN = tuple((row.between, part) for row in DURATIONS if row.between for part in row.parts)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with a title; `hue` is the theme's colour for it."""

    title: str
    hue: Hue
    begin_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end_s - self.begin_s


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the waterfall. `number` counts attempts from 1 and is 0 for the call's own lane."""

    kind: Literal["call", "attempt", "upstream"]
    number: int
    spans: tuple[Span, ...]
    result: str = ""
    faults: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The lane's name."""
        return {"call": "call", "attempt": f"attempt {self.number}", "upstream": f"upstream {self.number}"}[
            self.kind
        ]

    @property
    def caption(self) -> str:
        """`upstream 2: hit by latency, status 200`; what the lane is and how it ended."""
        said = [f"hit by {' and '.join(self.faults)}"] if self.faults else []
        return f"{self.title}: {', '.join([*said, self.result])}"


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The lanes of one call from top to bottom, and whole sentences about what the record does not have of it.

    Without overlapping attempts the spans of the lanes that are not the upstream's add up to `latency_s`.
    """

    lanes: tuple[Lane, ...]
    latency_s: float
    missing: tuple[str, ...]

    @property
    def end_s(self) -> float:
        """The end of the last span, also where the upstream went on after the call's end."""
        return max([self.latency_s, *(span.end_s for lane in self.lanes for span in lane.spans)])

    @property
    def faults(self) -> tuple[str, ...]:
        """The injected faults that hit its attempts, each once."""
        return tuple(dict.fromkeys(fault for lane in self.lanes for fault in lane.faults))


def waterfall(traced: TracedCall) -> Waterfall:
    """The waterfall of one call."""
    call, lanes, end_s = traced.call, [], traced.call.started_s
    several = any(request_of(attempt.number) for attempt in call.attempts)
    for number, attempt in enumerate(call.attempts, 1):
        free_s = call.started_s if attempt.hedge else end_s
        spans = tuple(_attempt_spans(attempt, free_s, call.scheduled_s))
        lanes.append(Lane("attempt", number, spans, _result(attempt, several)))
        end_s = max(end_s, *(span.end_s + call.scheduled_s for span in spans), attempt.started_s)
        rows = [served for served in traced.served or () if served.attempt == attempt.number]
        lanes += [_upstream_lane(served, number, call.scheduled_s) for served in rows]
    latency_s = max(0.0, call.latency_s)
    known = [*_own_spans(call), *(span for lane in lanes if lane.kind == "attempt" for span in lane.spans)]
    own = Lane("call", 0, (*_own_spans(call), *_unexplained(known, latency_s)), call.outcome.value)
    return Waterfall((own, *lanes), latency_s, tuple(_missing(traced)))


def _own_spans(call: Call) -> Iterator[Span]:
    """The times between two moments of the call, such as the wait for a thread."""
    for moments, part in _CALLS_OWN:
        begin_s, end_s = (getattr(call, moment) - call.scheduled_s for moment in moments)
        if end_s > begin_s:
            yield Span(part.title, part.hue, begin_s, end_s)


def _attempt_spans(attempt: Attempt, free_s: float, zero_s: float) -> Iterator[Span]:
    """The parts of an attempt, one after the other.

    What an attempt waited before its start lies behind `free_s`, the end of what came before, as far as there is room.
    """
    waited_s = sum(getattr(attempt, row.field) for row in SUMMED if row.before_start)
    at_s = attempt.started_s - min(waited_s, max(0.0, attempt.started_s - free_s)) - zero_s
    for part, seconds in _parts(attempt):
        if seconds > 0:
            yield Span(part.title, part.hue, at_s, at_s + seconds)
            at_s += seconds


def _parts(attempt: Attempt) -> Iterator[tuple[Part, float]]:
    """The parts of an attempt in their order with their seconds."""
    for row in SUMMED:
        column = f"{row.split}_s" if row.split and getattr(attempt, row.split) else row.field
        for part in row.parts:
            if part.column == column:
                seconds = getattr(attempt, row.field)
                inner_s = (getattr(attempt, part.inner.column) if part.inner else None) or 0.0
                without_s = getattr(attempt, part.without) if part.without else 0.0
                yield part, seconds - without_s - inner_s
                if part.inner:
                    yield part.inner, inner_s


def _upstream_lane(served: Served, number: int, zero_s: float) -> Lane:
    """What the upstream did for an attempt; it may have gone on after its client had left."""
    response_s = served.arrived_s + served.actual_delay_s
    late = DELAY if served.status else UNANSWERED
    steps = (
        (QUEUE, served.arrived_s + served.queue_wait_s),
        (SERVICE, served.arrived_s + served.queue_wait_s + served.service_s),
        (late, response_s if served.status else served.ended_s),
        (SENDING, served.ended_s),
    )
    spans, at_s = [], served.arrived_s
    for title, until_s in steps:
        if until_s > at_s + _ROUNDING_S:
            spans.append(Span(title, _HUES[title], at_s - zero_s, until_s - zero_s))
            at_s = until_s
    left = "the client had disconnected" if served.client_gone else ""
    status = f"status {served.status}" if served.status else "no status sent"
    return Lane("upstream", number, tuple(spans), left or status, served.faults)


def _result(attempt: Attempt, several: bool) -> str:
    """What an attempt was, and how it ended; `several` says that the call sent more than one request."""
    status = f"status {attempt.status}" if attempt.status else ""
    kind = [f"request {request_of(attempt.number) + 1}"] if several else []
    kind += ["hedge"] if attempt.hedge else []
    unused = ["not used"] if attempt.lost and attempt.error != ABANDONED else []
    return ", ".join([*kind, attempt.error or status or "no response", *unused])


def _unexplained(known: Sequence[Span], latency_s: float) -> Iterator[Span]:
    """The time of the call in which no span lies."""
    at_s = 0.0
    for span in sorted(known, key=lambda span: span.begin_s):
        if min(span.begin_s, latency_s) > at_s + _ROUNDING_S:
            yield Span(OTHER.title, OTHER.hue, at_s, min(span.begin_s, latency_s))
        at_s = max(at_s, span.end_s)
    if latency_s > at_s + _ROUNDING_S:
        yield Span(OTHER.title, OTHER.hue, at_s, latency_s)


def _missing(traced: TracedCall) -> Iterator[str]:
    """What the record does not have, in whole sentences."""
    attempts = traced.call.attempts
    if not traced.call.reported:
        yield "The service has not reported this call, so its attempts and waits are unknown."
    elif not traced.attempts_made:
        yield "The record has no attempt of this call."
    elif len(attempts) < traced.attempts_made:
        yield f"The record has {len(attempts)} of the {traced.attempts_made} attempts of this call."
    if any(a.tls_s is None and a.new_connection and a.host.startswith("https:") for a in attempts):
        yield "The client's library does not show the TLS handshake apart, so it is part of the connect time."
    if traced.served is None:
        yield "The record has no ledger of the upstream, so this shows the client's side only."
        return
    found = {served.attempt for served in traced.served}
    absent = [str(place) for place, attempt in enumerate(attempts, 1) if attempt.number not in found]
    if absent:
        which = f"attempt {absent[0]}" if len(absent) == 1 else f"attempts {', '.join(absent)}"
        yield (
            f"The upstream's ledger has no row of {which}: it did not reach the upstream, "
            "still waited there when the run ended, or its row was lost or has not been read yet."
        )
