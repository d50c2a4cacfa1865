"""What was learned as frames for charts and tables."""

from __future__ import annotations

import pandas as pd

from harness.learn.learned_text import NAMES, interval_text, measured
from harness.model.formatting import format_interval, format_measured, format_share, format_value
from harness.model.learned import Learned
from harness.model.visit import LearnedVisit


def rate_frame(learned: Learned) -> pd.DataFrame:
    """The rate of each step and of its end: at_s (seconds since the first call) and rate_per_s."""
    rates = [*learned.arrivals.rates_per_s, learned.arrivals.rates_per_s[-1]]
    return pd.DataFrame(
        {"at_s": [number * learned.arrivals.step_s for number in range(len(rates))], "rate_per_s": rates}
    )


def percentile_frame(learned: Learned) -> pd.DataFrame:
    """The percentiles that have a value: name, at_s, low_s, high_s; an open side ends at the value."""
    rows = []
    for each in (*learned.service, *learned.response):
        if each.value is not None:
            ends = {"low_s": each.low, "high_s": each.high}
            known = {side: each.value if bound is None else bound for side, bound in ends.items()}
            rows.append({"name": each.name.replace(".", " "), "at_s": each.value, **known})
    return pd.DataFrame(rows)


def estimate_table(learned: Learned) -> pd.DataFrame:
    """Each estimate with its interval and n, as text."""
    rows = [
        {
            "Quantity": NAMES[each.name], "Value": format_measured(each), "95% interval": interval_text(each),
            "n": f"{each.n:,}",
        }
        for each in measured(learned)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def route_table(learned: Learned) -> pd.DataFrame:
    """Each route with its share of calls and of failures, as text."""
    rows = [
        {
            "Route": each.route, "Share of calls": f"{format_measured(each.share)} ({format_interval(each.share)})",
            "Failed": f"{format_measured(each.errors)} ({format_interval(each.errors)})",
            "Statuses": ", ".join(f"{status}: {format_share(ratio)}" for status, ratio in each.statuses) or "–",
        }
        for each in learned.routes
    ]  # fmt: skip
    return pd.DataFrame(rows)


def visit_table(visit: LearnedVisit) -> pd.DataFrame:
    """The requests of a visit in order, as text."""
    rows = [
        {
            "Request": each.route, "Begins at": format_value(each.at_s, "s"),
            "Waits before it": "others are under way" if each.beside else format_value(each.think_s, "s"),
            "Response time": format_value(each.response_s, "s"), "Status": str(each.status or "no response"),
        }
        for each in visit.steps
    ]  # fmt: skip
    return pd.DataFrame(rows)
