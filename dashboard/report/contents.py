"""Everything that the report shows, collected from the records; the templates only lay it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.charts import side_by_side
from dashboard.charts.time import backdrop_of
from dashboard.data import comparison_tables
from dashboard.data.policy_settings import flat_settings, limits_of
from dashboard.data.run_frames import RunFrames, run_frames
from dashboard.report.blocks import Section, Table, figure_of, table_of
from dashboard.report.headline import headline
from dashboard.report.run_detail import RunDetail, run_detail
from dashboard.theme import labels
from dashboard.theme.palette import LIGHT, series_looks
from harness.analyse.verdict.unseen import unseen_sentences
from harness.model.decision_text import decision_text
from harness.model.policy import Policy
from harness.model.verdict import Comparison, Difference, Measurement
from harness.record.reader import Record

CARD_NUMBERS = ("latency.p99", "error_ratio", "goodput", "amplification", "thread_wait.p99")
REASONS_AT_MOST = 3
OVERLAID_AT_MOST = DETAILED_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Card:
    """One run in short: its verdict, the first reasons, and key numbers.

    `kind` is the verdict's kind or `unjudged`. Of each number there is its title, its value, and its interval with n.
    `notes` say what a pass cannot have seen.
    """

    name: str
    kind: str
    verdict: str
    reasons: tuple[str, ...]
    more_reasons: int
    notes: tuple[str, ...]
    numbers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One measurement: the base's value, and for each other policy `better`, `worse` or `same` with the difference."""

    title: str
    base: str
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences of the policies `others` from the policy `base`."""

    base: str
    others: tuple[str, ...]
    rows: tuple[DifferenceRow, ...]
    footnote: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The report from its title to its last line."""

    scenario: str
    headline: str
    description: str
    facts: tuple[str, ...]
    cards: tuple[Card, ...]
    overlaid: tuple[Section, ...]
    differences: Differences | None
    key_numbers: Table | None
    runs: tuple[RunDetail, ...]
    not_detailed: tuple[str, ...]
    settings_that_differ: Table | None
    settings: tuple[tuple[str, Table], ...]
    commands: tuple[str, ...]
    run_ids: tuple[str, ...]
    warmup_s: float
    latency_notes: tuple[str, ...]
    machine: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]


def contents(records: Sequence[Record], comparison: Comparison | None) -> Contents:
    """The contents for `records` in their order; `comparison` may be None, as for a single run."""
    run, names = records[0].run, comparison_tables.run_labels(records)
    frames = [run_frames(record) for record in records]
    policies = {record.run.policy.name: record.run.policy for record in records}
    shown = detailed(records)
    return Contents(
        scenario=" · ".join(dict.fromkeys(record.run.scenario.name for record in records)),
        headline=_headline(records, comparison),
        description=run.scenario.description,
        facts=_facts(records),
        cards=tuple(map(_card, records, names)),
        overlaid=_overlaid(records, names, frames) if len(records) > 1 else (),
        differences=_differences(comparison) if comparison is not None else None,
        key_numbers=_key_numbers(records),
        runs=tuple(run_detail(records[i], names[i], frames[i], f"run{i}") for i in shown),
        not_detailed=tuple(name for i, name in enumerate(names) if i not in shown),
        settings_that_differ=_settings_that_differ(policies),
        settings=tuple((name, _settings(policy)) for name, policy in policies.items()),
        commands=tuple(dict.fromkeys(r.run.command for r in records if r.run.command)),
        run_ids=tuple(r.run.id for r in records),
        warmup_s=run.scenario.slo.warmup_s,
        latency_notes=comparison_tables.latency_notes(records),
        machine=tuple((key, str(value)) for key, value in labels.known_of_machine(run).items()),
        versions=tuple(run.versions.items()),
    )


def _headline(records: Sequence[Record], comparison: Comparison | None) -> str:
    decision = comparison.decision if comparison is not None else None
    if len(records) == 1 and records[0].run.rollout is not None and (end := records[0].end) is not None:
        return " ".join(end.verdict.reasons)
    return headline(records) if decision is None else decision_text(decision)


def detailed(records: Sequence[Record]) -> list[int]:
    """Which runs are shown in detail: all of a few, of many the first of each policy."""
    if len(records) <= DETAILED_AT_MOST:
        return list(range(len(records)))
    policies = [record.run.policy.name for record in records]
    return [policies.index(policy) for policy in dict.fromkeys(policies)][:DETAILED_AT_MOST]


def _facts(records: Sequence[Record]) -> tuple[str, ...]:
    run = records[0].run
    seeds = sorted({r.run.seed for r in records})
    return (
        ", then ".join(f"{a.summary} for {a.duration_s:g} s" for a in run.scenario.arrivals),
        run.scenario.service.summary,
        ("seed " if len(seeds) == 1 else "seeds ") + ", ".join(map(str, seeds)),
        f"{run.started_at:%d %b %Y, %H:%M %Z}",
    )


def _card(record: Record, name: str) -> Card:
    end = record.end
    reasons = end.verdict.reasons if end else ("The run has no end, so it was not judged.",)
    return Card(
        name=name,
        kind=end.verdict.kind if end else "unjudged",
        verdict=labels.verdict_label(end.verdict if end else None),
        reasons=tuple(reasons[:REASONS_AT_MOST]),
        more_reasons=max(0, len(reasons) - REASONS_AT_MOST),
        notes=tuple(unseen_sentences(end.verdict)) if end else (),
        numbers=tuple(map(_number, labels.key_measurements(end, CARD_NUMBERS) if end else ())),
    )


def _number(m: Measurement) -> tuple[str, str, str]:
    return labels.title(m.name), labels.value_label(m), f"{labels.interval(m)}, n = {m.n:,}"


def _overlaid(
    records: Sequence[Record], names: Sequence[str], frames: Sequence[RunFrames]
) -> tuple[Section, ...]:
    """The first runs over each other: over time, and as distributions."""
    names, frames = names[:OVERLAID_AT_MOST], frames[:OVERLAID_AT_MOST]
    looks = series_looks(names, LIGHT, [r.run.policy.name for r in records[:OVERLAID_AT_MOST]])
    limits = limits_of(records[0].run.scenario.slo, "latency")
    seconds = pd.concat([f.seconds.assign(policy=n) for f, n in zip(frames, names, strict=True)])
    quantiles = pd.concat([f.quantiles.assign(policy=n) for f, n in zip(frames, names, strict=True)])
    behind = backdrop_of(max(frames, key=lambda f: f.until_s), LIGHT)
    over_time = figure_of(
        side_by_side.overlaid(seconds, looks, behind, limits),
        "over",
        "Goodput, share of failed calls and latency p99 over time, one line per policy",
    )
    distributions = figure_of(
        [side_by_side.distributions(quantiles, looks, LIGHT, limits)],
        "spread",
        "Latency by percentile, one line per policy",
    )
    return (
        Section("Goodput, failed calls and latency over time", figure=over_time),
        Section("Distribution of latency", figure=distributions),
    )


def _differences(comparison: Comparison) -> Differences | None:
    base = comparison.policies[0]
    found = comparison_tables.against(comparison, base)
    measured = {d.measurement: d for of_policy in found.values() for d in of_policy}
    rows = tuple(_difference_row(d, found) for d in measured.values())
    return Differences(base, tuple(found), rows, comparison_tables.footnote(comparison)) if rows else None


def _difference_row(of: Difference, found: Mapping[str, Sequence[Difference]]) -> DifferenceRow:
    """The row of one measurement; a policy without it has a dash."""
    cells = []
    for of_policy in found.values():
        d = next((d for d in of_policy if d.measurement == of.measurement), None)
        direction = (labels.difference_direction(d) if d else "") or "same"
        cells.append((direction, comparison_tables.difference_text(d) if d else "–"))
    return DifferenceRow(
        labels.title(of.measurement), comparison_tables.side_text(of.a, of.unit), tuple(cells)
    )


def _key_numbers(records: Sequence[Record]) -> Table | None:
    if not any(record.end for record in records):
        return None
    return table_of(comparison_tables.measurement_table(records))


def _settings_that_differ(policies: Mapping[str, Policy]) -> Table | None:
    if len(policies) < 2:
        return None
    return table_of(comparison_tables.settings_that_differ(policies))


def _settings(policy: Policy) -> Table:
    return Table(("Setting", "Value"), tuple(flat_settings(policy).items()))
