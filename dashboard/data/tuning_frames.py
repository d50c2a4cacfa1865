"""A search for a policy as frames: every policy that was tried, and what the lab measured of some."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd

from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.tuning import AMPLIFICATION, GOODPUT, LATENCY, OBJECTIVES, Candidate, Tuning
from harness.model.tuning_text import settings_text
from harness.model.verdict import Measurement

AXES = {"goodput": GOODPUT.name, "latency_s": LATENCY.name, "amplification": AMPLIFICATION.name}
KINDS = (
    "tried",
    "breaks the SLO",
    "Pareto front",
    "to confirm",
    "the policy you have",
    "measured in the lab",
)
COLUMNS = ["number", "kind", "name", *AXES, "changes", "href"]


def address(found: Tuning, number: int) -> str:
    """The address of one policy of a search on its page."""
    return f"/tune?{urlencode({'search': found.id, 'policy': number})}"


def points(found: Tuning) -> pd.DataFrame:
    """One row for each policy as predicted, and one more for each that was run; without those that have no latency."""
    rows = [_row(found, each, each.predicted, _kind(found, each)) for each in found.candidates]
    for check in found.checks:
        candidate = found.candidate(check.number)
        if candidate is not None:
            rows.append(_row(found, candidate, check.measured, KINDS[5]))
    return pd.DataFrame(rows, columns=COLUMNS).dropna(subset=list(AXES))


def front_table(found: Tuning) -> pd.DataFrame:
    """The policy that one has and the front, as texts with links."""
    shown = [
        each for each in found.candidates if each.number == 0 or each.best or each.number in found.chosen
    ]
    order = {number: place for place, number in enumerate((0, *found.chosen))}
    shown.sort(key=lambda each: order.get(each.number, len(order)))
    rows = [
        {
            "Policy": name_of(found, each),
            **{
                f"{o.title}, predicted": format_value(each.predicted[o.name].number, o.unit)
                for o in OBJECTIVES
            },
            "SLO, predicted": "kept" if each.keeps else "broken",
            "In the lab": _verdict(found, each),
            "Changes": settings_text(each.settings),
            "Open": address(found, each.number),
        }
        for each in shown
    ]
    return pd.DataFrame(rows)


def objective_table(found: Tuning, candidate: Candidate) -> pd.DataFrame:
    """Each objective of one policy as predicted with its band, and as measured with its interval."""
    check = found.check(candidate.number)
    rows = []
    for o in OBJECTIVES:
        m, seen = candidate.predicted[o.name], check.measured.get(o.name) if check is not None else None
        rows.append(
            {
                "Objective": o.title,
                "Predicted, with the band of a run": f"{format_value(m.number, m.unit)} ({_band(m)})",
                "Measured": "–" if seen is None else _measured(seen),
            }
        )
    return pd.DataFrame(rows)


def name_of(found: Tuning, candidate: Candidate) -> str:
    """The policy's name, or its number in the search."""
    own = found.spec.policy.name
    return own if candidate.number == 0 else f"{own}-tuned-{candidate.number}"


def _measured(m: Measurement) -> str:
    return f"{format_measured(m)} ({format_interval(m)}, n = {m.n:,})"


def _band(m: Measurement) -> str:
    text = "the same in all" if m.low is not None and m.low == m.high else format_interval(m)
    return f"{text}, {m.n} seeds"


def _verdict(found: Tuning, candidate: Candidate) -> str:
    check = found.check(candidate.number)
    if check is None:
        return "not run"
    return check.verdict.kind if candidate.number == 0 or not check.confirmed else "confirmed"


def _kind(found: Tuning, candidate: Candidate) -> str:
    if candidate.number == 0:
        return KINDS[4]
    if candidate.number in found.chosen:
        return KINDS[3]
    if candidate.best:
        return KINDS[2]
    return KINDS[0] if candidate.keeps else KINDS[1]


def _row(
    found: Tuning, candidate: Candidate, measured: dict[str, Measurement], kind: str
) -> tuple[object, ...]:
    values = [measured[name].value if name in measured else None for name in AXES.values()]
    name, changes = name_of(found, candidate), settings_text(candidate.settings)
    return (candidate.number, kind, name, *values, changes, address(found, candidate.number))
