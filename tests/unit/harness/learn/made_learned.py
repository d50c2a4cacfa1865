"""Something that was learned, made by hand."""

from __future__ import annotations

from harness.model.learned import Learned, LearnedArrivals, LearnedRoute, Unknown
from harness.model.quantities import Unit
from harness.model.verdict import Measurement
from mock_upstream.profile import LognormalTime


def measured(name: str, value: float | None, unit: Unit = "ratio") -> Measurement:
    """A measurement of 1,000 samples with an interval of 10% on each side."""
    low, high = (value * 0.9, value * 1.1) if value is not None else (0.3, None)
    return Measurement(name=name, value=value, unit=unit, n=1000, low=low, high=high)


def route(name: str, share: float, *statuses: tuple[int, float]) -> LearnedRoute:
    """A route with its share of calls and its error statuses."""
    return LearnedRoute(
        route=name, share=measured("share", share), errors=measured("errors", 0.0), statuses=statuses
    )


def learned() -> Learned:
    """Eight workers at 80% load, three routes, and a p99 beyond a timeout."""
    return Learned(
        kind="journal", files=("a.jsonl",), requests=5000, skipped_lines=1, first_s=1.8e9, last_s=1.8e9 + 60,
        arrivals=LearnedArrivals(
            mean=measured("arrivals", 100.0, "1/s"), rates_per_s=(80.0, 120.0), step_s=30.0, dispersion=1.0,
            kind="poisson", first_s=1.8e9,
        ),
        workers=measured("workers", 8.0, "count"), load=measured("load", 0.8),
        service=(measured("service.p50", 0.05, "s"),),
        law=LognormalTime(distribution="lognormal", median_s=0.05, sigma=0.5), law_distance=0.01,
        response=(measured("response.p50", 0.06, "s"), measured("response.p99", None, "s")),
        timed_out=measured("timed_out", 0.02), attempts_per_call=measured("amplification", 1.1, "attempts/call"),
        routes=(
            route("GET /orders/{id}", 0.75, (500, 0.02)), route("GET /orders/search", 0.2), route("POST /orders", 0.05),
        ),
        unknown=(Unknown(quantity="order of the queue", why="it was assumed"),),
    )  # fmt: skip
