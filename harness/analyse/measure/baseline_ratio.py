"""A measurement against the same one of a baseline run."""

from __future__ import annotations

from math import exp, hypot, log

from harness.model.verdict import Measurement


def ratio_to_baseline(now: Measurement, before: Measurement) -> Measurement:
    """How many times the baseline's value the present one is, as a ratio with its interval; n is the smaller one.

    Both are runs of their own, so the distances of their bounds on a logarithmic scale add up as independent errors
    do, by their squares. A side that either run left open stays open; with a baseline of zero only another zero can
    be compared. Where the present value is not reached, neither is the ratio: it has the lower bound that both bounds
    give. With a baseline that is not reached nothing can be compared.
    """
    n = min(now.n, before.n)
    if n == 0 or before.value is None:
        return _ratio(now, 0.0 if n == 0 else None, None, None, 0)
    if now.value is None:
        return _ratio(now, None, now.low / before.high if now.low and before.high else None, None, n)
    if before.value <= 0 or now.value <= 0:
        same = now.value == before.value == 0
        return _ratio(now, 1.0, 1.0, 1.0, n) if same else _ratio(now, 0.0, None, None, 0)
    ratio = now.value / before.value
    down = _distance(now.value, now.low, before.high, before.value)
    up = _distance(now.high, now.value, before.value, before.low)
    low, high = (None if down is None else ratio / exp(down)), (None if up is None else ratio * exp(up))
    return _ratio(now, ratio, low, high, n)


def _distance(a: float | None, b: float | None, c: float | None, d: float | None) -> float | None:
    """The joint distance a / b and c / d in logarithms; None when one is missing or not positive."""
    if a is None or b is None or c is None or d is None or min(a, b, c, d) <= 0:
        return None
    return hypot(log(a / b), log(c / d))


def _ratio(
    now: Measurement, value: float | None, low: float | None, high: float | None, n: int
) -> Measurement:
    return Measurement(name=now.name, value=value, unit="ratio", n=n, low=low, high=high)
