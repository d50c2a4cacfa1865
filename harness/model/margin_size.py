"""How far a measured value is from its limit, as a multiple of the limit."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from harness.model.formatting import format_measured
from harness.model.quantities import TITLES
from harness.model.slo import parse
from harness.model.verdict import Margin


def times_limit(margin: Margin) -> float:
    """The value as a multiple of the limit: above 1 is beyond it. Infinite for a percentile that is not reached.

    Where the limit is a lowest value, such as a goodput, it is the limit as a multiple of the value.
    """
    value, limit = margin.measured.number, margin.limit
    if not parse(margin.threshold).upper:
        value, limit = limit, value
    if limit == 0 or value == inf:
        return 0.0 if value == 0 else inf
    return value / limit


def worst_margin(margins: Iterable[Margin]) -> Margin | None:
    """The margin nearest to breaking its threshold, or furthest beyond it; one that was not measured does not count.

    A broken threshold comes before an undecided one, and that before one that holds.
    """
    rank = {"fail": 2, "inconclusive": 1, "pass": 0}
    measured = [margin for margin in margins if margin.measured.n]
    return max(measured, key=lambda m: (rank[m.verdict], times_limit(m)), default=None)


def margin_text(margin: Margin) -> str:
    """A margin as `Thread wait p99 25 × limit`, or as `Goodput 0.5 × minimum` where the limit is a lowest value."""
    threshold, size = parse(margin.threshold), times_limit(margin)
    name = TITLES.get(threshold.measured_name, threshold.measured_name)
    name += f" of {threshold.route}" if threshold.route else ""
    name += f" over any {threshold.window_s:g} s" if threshold.window_s else ""
    if margin.measured.value is None:
        return f"{name} not reached"
    if margin.limit == 0:
        return f"{name} {format_measured(margin.measured)}, limit 0"
    size, bound = (size, "limit") if threshold.upper else (margin.measured.value / margin.limit, "minimum")
    return f"{name} {size:.2g} × {bound}" if size < 10 else f"{name} {size:,.0f} × {bound}"
