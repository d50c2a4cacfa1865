"""Several runs beside each other as tables: key numbers, differences in words, settings that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import inf

import pandas as pd

from dashboard.data.policy_settings import flat_settings, setting_text
from dashboard.theme import labels
from dashboard.theme.palette import Look, Palette, series_looks
from harness.analyse.compare.policy_diff import policy_diff
from harness.analyse.verdict.phrasing import latency_note
from harness.model.comparison_scope import scope_text
from harness.model.formatting import format_value
from harness.model.policy import Policy
from harness.model.quantities import KEY
from harness.model.verdict import Comparison, Difference, Measurement
from harness.record.reader import Record


def run_labels(records: Sequence[Record]) -> list[str]:
    """What to call each run: its policy, with more of the run where several have the same one."""
    policies = Counter(r.run.policy.name for r in records)
    names = [
        r.run.policy.name
        if policies[r.run.policy.name] == 1
        else f"{r.run.policy.name} · seed {r.run.seed} · {r.run.started_at:%d %b %H:%M:%S}"
        for r in records
    ]
    return [n if names.count(n) == 1 else f"{n} · {i + 1}" for i, n in enumerate(names)]


def run_looks(records: Sequence[Record], palette: Palette, order: Sequence[str] = ()) -> dict[str, Look]:
    """The colour and dash of each run by its label: runs of one policy have one colour. See `series_looks`."""
    return series_looks(run_labels(records), palette, [r.run.policy.name for r in records], order)


def measurement_table(records: Sequence[Record]) -> pd.DataFrame:
    """One row per measurement, one column per run: value, 95% interval and n in words."""
    names = run_labels(records)
    found = [r.end.measurements if r.end else {} for r in records]
    rows = [
        {
            "Measurement": labels.title(name),
            **{label: in_cell(measured.get(name)) for label, measured in zip(names, found, strict=True)},
        }
        for name in KEY
        if any(name in measured for measured in found)
    ]
    return pd.DataFrame(rows, columns=["Measurement", *names])


def latency_notes(records: Sequence[Record]) -> tuple[str, ...]:
    """How failed calls count in the percentiles of these runs, each way once."""
    notes = (
        latency_note(r.run.scenario.slo, [m for name, m in r.end.measurements.items() if name in KEY])
        for r in records
        if r.end
    )
    return tuple(dict.fromkeys(note for note in notes if note))


def in_cell(m: Measurement | None) -> str:
    """A measurement as `412 ms (389 ms – 455 ms, n = 5,210)`; a count needs no interval."""
    if m is None:
        return "–"
    if m.unit == "count":
        return labels.value_label(m)
    return f"{labels.value_label(m)} ({labels.interval(m)}, n = {m.n:,})"


def not_comparable(records: Sequence[Record]) -> str:
    """Why runs cannot be compared: they are of several scenarios; "" when they can."""
    scenarios = list(dict.fromkeys(r.run.scenario.name for r in records))
    if len(scenarios) < 2:
        return ""
    return (
        f"These runs are of different scenarios ({', '.join(scenarios)}), with different traffic and limits, so they "
        "cannot be compared. Choose runs of one scenario above."
    )


def not_paired(records: Sequence[Record]) -> str:
    """A warning about runs without a run of another policy with the same seed; "" when every run has one.

    Runs of a policy are paired in order, seed by seed, so that several seeds are no reason for it.
    """
    counts: dict[int, Counter[str]] = {}
    for r in records:
        counts.setdefault(r.run.seed, Counter())[r.run.policy.name] += 1
    policies = {r.run.policy.name for r in records}
    lacking = sorted(seed for seed, found in counts.items() if len({found[p] for p in policies}) > 1)
    if len(policies) < 2 or not lacking:
        return ""
    seeds = ", ".join(map(str, lacking))
    return (
        f"Not every policy has the same number of runs of seed {seeds}. Runs without a partner of the same seed "
        "do not count in the differences."
    )


def against(comparison: Comparison, base: str) -> dict[str, list[Difference]]:
    """For each other policy its differences from `base`, in the order in which people ask for them."""
    rank = {name: i for i, name in enumerate(KEY)}
    turned = [d if d.policy_a == base else d.turned for d in comparison.deltas if base in _pair(d)]
    ordered = sorted(turned, key=lambda d: rank.get(d.measurement, len(rank)))
    others = [p for p in comparison.policies if any(d.policy_b == p for d in ordered)]
    return {other: [d for d in ordered if d.policy_b == other] for other in others}


def difference_table(comparison: Comparison, base: str) -> pd.DataFrame:
    """One row per measurement: the base's value, and each other policy's difference from it in words."""
    rows: dict[str, dict[str, str]] = {}
    found = against(comparison, base)
    for other, differences_ in found.items():
        for d in differences_:
            row = rows.setdefault(d.measurement, {"Measurement": labels.title(d.measurement)})
            row[base] = side_text(d.a, d.unit)
            row[other] = difference_text(d)
    return pd.DataFrame(list(rows.values()), columns=["Measurement", base, *found]).fillna("–")


def difference_text(d: Difference) -> str:
    """`6.13 s: higher by 5.91 s (+2.09 s to +9.72 s), worse`: the other policy's value and its difference."""
    return f"{side_text(d.b, d.unit)}: {change_text(d)}"


def change_text(d: Difference) -> str:
    """A difference in words, with its interval; where none is shown beside an interval without 0, with the reason.

    A difference with a percentile that is not reached is undefined.
    """
    if d.difference is None:
        return "difference undefined"
    bounds = labels.signed_interval(d.low, d.high, d.unit)
    if d.verdict == "no difference shown":
        small = d.low is not None and d.high is not None and (d.low > 0 or d.high < 0)
        reason = "; smaller than what two runs of one policy differ by" if small else ""
        return f"no difference shown ({bounds}{reason})"
    judged = labels.difference_direction(d)
    shown = f"{d.verdict} by {format_value(abs(d.difference), d.unit)} ({bounds})"
    return f"{shown}, {judged}" if judged else shown


def side_text(value: float | None, unit: str) -> str:
    """One policy's side of a difference: None is a percentile that is not reached."""
    return format_value(inf if value is None else value, unit)


def pairs(comparison: Comparison) -> int:
    """How many paired stretches the differences rest on, at least."""
    return min((d.pairs for d in comparison.deltas), default=0)


def footnote(comparison: Comparison) -> str:
    """What the brackets mean, over how many runs they are, and what is undefined."""
    reason = ""
    if any(d.verdict == "undefined" for d in comparison.deltas):
        reason = " A percentile that is not reached has no difference: more calls failed than it leaves."
    return (
        "In brackets the interval of the difference; all intervals of a pair of policies hold together with 95% "
        f"confidence. {scope_text(comparison)} "
        f"From {pairs(comparison)} paired intervals with the same arrivals and identical per-attempt "
        "fault decisions. A difference no larger than "
        "between two runs of one policy on a quiet machine is never shown." + reason
    )


def _pair(d: Difference) -> tuple[str, str]:
    return d.policy_a, d.policy_b


def settings_that_differ(policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Settings whose values are not the same under every policy: one row each, one column per policy."""
    names = list(policies)
    base = policies[names[0]]
    found: dict[str, dict[str, str]] = {}
    for name in names[1:]:
        for key, ours, theirs in policy_diff(base, policies[name]):
            row = found.setdefault(key, dict.fromkeys(names, setting_text(ours)))
            row[name] = setting_text(theirs)
    order = list(dict.fromkeys(key for policy in policies.values() for key in flat_settings(policy)))
    rows = [{"Setting": key, **found[key]} for key in sorted(found, key=order.index)]
    return pd.DataFrame(rows, columns=["Setting", *names])
