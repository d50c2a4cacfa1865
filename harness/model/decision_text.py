"""A decision in words: what to ship, why, what it costs, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.formatting import NOT_REACHED, format_value
from harness.model.margin_size import margin_text
from harness.model.quantities import TITLES
from harness.model.verdict import Decision, Difference

FIRST = ("latency.p99", "error_ratio", "goodput", "amplification")
NAMED_AT_MOST = 2


def decision_text(decision: Decision) -> str:
    """The decision as one sentence, with its certainty in brackets; where it is open, a second says what settles it."""
    return f"{_statement(decision)} ({certainty_text(decision)}).{_settled_by(decision)}"


def certainty_text(decision: Decision) -> str:
    """What the decision rests on: confidence, runs, and those that are invalid."""
    undecided = decision.kind == "undecided"
    parts = ["no recommendation has 95% confidence" if undecided else "each verdict has 95% confidence"]
    if decision.pairs == 1:
        parts.append("one run of each policy, so the differences are between these runs only")
    elif decision.pairs:
        parts.append(f"differences over at least {decision.pairs} pairs of runs")
    else:
        parts.append("no difference could be measured")
    if decision.invalid_runs:
        parts.append(f"{decision.invalid_runs} of {decision.runs} runs are invalid")
    return "; ".join(parts)


def changes_text(differences: Sequence[Difference]) -> str:
    """The first differences as `Latency p99 −2.40 s and Calls failed +1.30 percentage points`."""
    rank = {name: i for i, name in enumerate(FIRST)}
    ordered = sorted(differences, key=lambda d: rank.get(d.measurement, len(rank)))
    found = [_change(d) for d in ordered[:NAMED_AT_MOST]]
    more = len(ordered) - len(found)
    return ", ".join(found) + (f", and {more} more" if more else "")


def _statement(d: Decision) -> str:
    if d.kind == "none holds":
        miss = f" and misses by {margin_text(d.miss)}" if d.miss else ""
        return f"Ship none: every policy breaks the SLO; {d.policy} is the nearest{miss}"
    if d.kind == "undecided":
        return _undecided(d)
    if d.kind == "trade-off" and d.other in d.holding:
        return (
            f"Trade-off between {d.policy} and {d.other}: both meet the SLO; against {d.other}, {d.policy} has "
            f"the advantage of {changes_text(d.gains)} and the cost of {changes_text(d.costs)}"
        )
    return f"Ship {d.policy}: {_why(d)}{_effects(d)}"


def _why(d: Decision) -> str:
    if len(d.holding) > 1:
        return "it meets the SLO, is better than the others that meet it, and is not shown to be worse in anything"
    if d.open_reasons:
        return f"the only policy shown to meet the SLO (undecided: {', '.join(p for p, _ in d.open_reasons)})"
    return "the only policy that meets the SLO"


def _effects(d: Decision) -> str:
    if d.other is None:
        return ""
    if not d.pairs:
        return f"; what it costs against {d.other} is unknown"
    gains = f"{changes_text(d.gains)}; " if d.gains else ""
    costs = f"at the cost of {changes_text(d.costs)}" if d.costs else "no cost is shown"
    return f"; compared with {d.other}: {gains}{costs}"


def _undecided(d: Decision) -> str:
    if d.holding:
        names = " and ".join(d.holding)
        return f"Undecided: {names} meet the SLO, and no difference is shown that decides; more seeds may show one"
    names = ", ".join(policy for policy, _ in d.open_reasons)
    return f"Undecided: no policy is shown to meet the SLO; still open: {names}"


def _settled_by(d: Decision) -> str:
    """What would settle the first open verdict, where nothing can be recommended because of it."""
    if d.kind != "undecided" or d.holding or not d.open_reasons:
        return ""
    policy, reason = d.open_reasons[0]
    return f" To settle it for {policy}: {reason.removesuffix('.')}."


def _change(d: Difference) -> str:
    name = TITLES.get(d.measurement, d.measurement)
    if d.difference is None:
        return f"{name} {NOT_REACHED} (with {d.policy_a}: {format_value(d.a or 0.0, d.unit)})"
    sign, size = ("+" if d.difference > 0 else "−"), abs(d.difference)
    shown = format_value(size, d.unit)
    shown = f"{shown.removesuffix('%')} percentage points" if d.unit == "ratio" else shown
    return f"{name} {sign}{shown}"
