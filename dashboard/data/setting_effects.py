"""Which measurements a setting of a policy is known to act on, and the differences that are shown in these."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.data.comparison_tables import against, settings_that_differ
from dashboard.theme import labels
from harness.model.policy import Policy
from harness.model.verdict import Comparison, Difference

TAIL = ("latency.p95", "latency.p99")
ACTS_ON = {
    "session.scope": ("connections.opened_per_call", "latency.p50"),
    "session.warm_connections": ("connections.opened_per_call", *TAIL),
    "adapter.pool_": ("pool_wait.p99", "thread_wait.p99", "connections.opened_per_call", *TAIL),
    "timeout.": (*TAIL, "error_ratio", "goodput", "amplification", "thread_wait.p99"),
    "retry": ("amplification", "error_ratio", "goodput", "thread_wait.p99", *TAIL),
    "breaker": ("error_ratio", "amplification", "goodput", *TAIL),
    "throttle": ("error_ratio", "goodput", *TAIL),
    "limiter": ("error_ratio", "goodput", "thread_wait.p99", *TAIL),
    "hedge": ("hedges_per_call", "amplification", "latency.p50", *TAIL),
    "bulkhead": ("error_ratio", "goodput", "thread_wait.p99", *TAIL),
}
"""Settings by the beginning of their dotted name, and what they act on."""

COLUMN = "Shown differences that it can explain"


def acts_on(setting: str) -> tuple[str, ...]:
    """The measurements that a setting acts on; none where no relation is known."""
    return next((names for start, names in ACTS_ON.items() if setting.startswith(start)), ())


def settings_with_effects(policies: Mapping[str, Policy], comparison: Comparison, base: str) -> pd.DataFrame:
    """The settings that differ, each with the differences from `base` that it can explain.

    Only policies whose value of the setting is not that of `base` count.
    """
    names = [base, *(name for name in policies if name != base)]
    frame = settings_that_differ({name: policies[name] for name in names})
    differences = against(comparison, base)
    effects: list[str] = []
    before: tuple[tuple[str, ...], str] = ((), "")
    for _, row in frame.iterrows():
        acted_on = acts_on(row["Setting"])
        text = _effects(acted_on, {p: ds for p, ds in differences.items() if row[p] != row[base]})
        effects.append("as above" if acted_on and (acted_on, text) == before else text)
        before = acted_on, text
    return frame.assign(**{COLUMN: effects})


def _effects(names: tuple[str, ...], differences: Mapping[str, list[Difference]]) -> str:
    if not names:
        return "–"
    shown = [
        f"{policy}: {', '.join(found)}"
        for policy, of_policy in differences.items()
        if (found := [_effect(d) for d in of_policy if d.measurement in names and _is_shown(d)])
    ]
    return "; ".join(shown) or "none is shown"


def _is_shown(d: Difference) -> bool:
    return d.verdict in {"lower", "higher"} and d.difference is not None


def _effect(d: Difference) -> str:
    return f"{labels.title(d.measurement)} {labels.signed(d.difference or 0.0, d.unit)}"
