"""Several runs beside each other as tables: key numbers, differences in words, settings that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard import words
from dashboard.settings import flat, plain
from harness.analyse.diff import differences
from harness.model.policy import Policy
from harness.model.spell import spell
from harness.model.verdict import Comparison, Difference, Measurement
from harness.record.reader import Record


def labels(records: Sequence[Record]) -> list[str]:
    """What to call each run: its policy, with more of the run where several have the same one."""
    policies = Counter(r.run.policy.name for r in records)
    names = [
        r.run.policy.name
        if policies[r.run.policy.name] == 1
        else f"{r.run.policy.name} · seed {r.run.seed} · {r.run.started_at:%d %b %H:%M:%S}"
        for r in records
    ]
    return [n if names.count(n) == 1 else f"{n} · {i + 1}" for i, n in enumerate(names)]


def key_numbers(records: Sequence[Record]) -> pd.DataFrame:
    """One row per measurement, one column per run: value, 95% interval and n in words."""
    names = labels(records)
    found = [r.end.measurements if r.end else {} for r in records]
    rows = [
        {
            "Measurement": words.title(name),
            **{label: in_cell(measured.get(name)) for label, measured in zip(names, found, strict=True)},
        }
        for name in words.KEY_NUMBERS
        if any(name in measured for measured in found)
    ]
    return pd.DataFrame(rows, columns=["Measurement", *names])


def in_cell(m: Measurement | None) -> str:
    """A measurement as `412 ms (389 ms – 455 ms, n = 5,210)`; a count needs no interval."""
    if m is None:
        return "–"
    if m.unit == "count":
        return words.value(m)
    return f"{words.value(m)} ({words.interval(m)}, n = {m.n:,})"


def table(comparison: Comparison) -> pd.DataFrame:
    """One row per difference: both values, the difference with its interval, and plain words."""
    return pd.DataFrame([_row(d) for d in ordered(comparison)])


def ordered(comparison: Comparison) -> list[Difference]:
    """Differences by pair of policies, the measurements people ask for first in front."""
    pairs = list(dict.fromkeys((d.policy_a, d.policy_b) for d in comparison.deltas))
    rank = {name: i for i, name in enumerate(words.KEY_NUMBERS)}
    return sorted(
        comparison.deltas,
        key=lambda d: (pairs.index((d.policy_a, d.policy_b)), rank.get(d.measurement, len(rank))),
    )


def _row(d: Difference) -> dict[str, str]:
    judged = words.judged(d)
    return {
        "Measurement": words.title(d.measurement),
        "From": f"{d.policy_a}: {spell(d.a, d.unit)}",
        "To": f"{d.policy_b}: {spell(d.b, d.unit)}",
        "Difference": words.signed(d.difference, d.unit),
        "95% interval": words.signed_interval(d.low, d.high, d.unit),
        "Pairs": f"{d.pairs:,}",
        "In words": words.difference_words(d) + (f" ({judged})" if judged else ""),
    }


def settings_that_differ(policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Settings whose values are not the same under every policy: one row each, one column per policy."""
    names = list(policies)
    base = policies[names[0]]
    found: dict[str, dict[str, str]] = {}
    for name in names[1:]:
        for key, ours, theirs in differences(base, policies[name]):
            row = found.setdefault(key, dict.fromkeys(names, plain(ours)))
            row[name] = plain(theirs)
    order = list(dict.fromkeys(key for policy in policies.values() for key in flat(policy)))
    rows = [{"Setting": key, **found[key]} for key in sorted(found, key=order.index)]
    return pd.DataFrame(rows, columns=["Setting", *names])
