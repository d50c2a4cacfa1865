"""A comparison as rows to draw: each measurement with every policy's value, interval and difference, changed first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, log

from dashboard.data.comparison_tables import against, change_text, in_cell
from dashboard.theme import labels
from harness.model.formatting import format_value
from harness.model.quantities import KEY
from harness.model.verdict import Comparison, Difference, Margin, Measurement
from harness.record.reader import Record

LOG_FROM = 30.0  # a longer ratio of largest to smallest duration is drawn on a log scale
_RANK = {"fail": 2, "inconclusive": 1, "pass": 0}


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` in base units, logarithmic or not."""

    low: float
    high: float
    logarithmic: bool

    def percent(self, value: float) -> float:
        """Where a value lies, from 0 to 100; beyond an end it lies at that end."""
        if value >= self.high:
            return 100.0
        if value <= self.low:
            return 0.0
        if self.logarithmic:
            return 100.0 * log(value / self.low) / log(self.high / self.low)
        return 100.0 * (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One policy under one measurement.

    `points` are the values of its runs, infinite where not reached; `low` and `high` enclose the 95% intervals of all
    of them, None where a side is not bounded. `margin` is the worst verdict of its runs on the limit, "" without one.
    """

    policy: str
    text: str
    points: tuple[float, ...]
    low: float | None
    high: float | None
    margin: str
    difference: str
    direction: str


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """A measurement, its limit if the SLO has one, and the policies; `differs` when a difference is shown."""

    name: str
    title: str
    unit: str
    limit: float | None
    threshold: str
    differs: bool
    scale: Scale
    policies: tuple[PolicyRow, ...]


def comparison_rows(comparison: Comparison, records: Sequence[Record], base: str) -> list[MeasurementRow]:
    """Rows with differences that are shown come first. `records` are the ended runs of the comparison."""
    differences = against(comparison, base)
    of_policy = {p: [r for r in records if r.run.policy.name == p] for p in (base, *differences)}
    names = dict.fromkeys((*KEY, *(d.measurement for d in comparison.deltas)))
    rows = [_row(name, of_policy, differences) for name in names if _measured(name, records)]
    return sorted(rows, key=lambda row: not row.differs)


def _row(
    name: str, of_policy: dict[str, list[Record]], differences: dict[str, list[Difference]]
) -> MeasurementRow:
    found = {
        policy: next((d for d in ds if d.measurement == name), None) for policy, ds in differences.items()
    }
    policies = tuple(_policy_row(name, policy, runs, found.get(policy)) for policy, runs in of_policy.items())
    records = [record for runs in of_policy.values() for record in runs]
    margin = next(iter(_margins(name, records)), None)
    limit = margin.limit if margin else None
    unit = _measured(name, records)[0].unit
    return MeasurementRow(
        name=name,
        title=labels.title(name),
        unit=unit,
        limit=limit,
        threshold=margin.threshold if margin else "",
        differs=any(d is not None and d.verdict in {"lower", "higher"} for d in found.values()),
        scale=_scale(policies, limit, unit),
        policies=policies,
    )


def _policy_row(name: str, policy: str, runs: Sequence[Record], found: Difference | None) -> PolicyRow:
    measured = _measured(name, runs)
    lows, highs = [m.low for m in measured], [m.high for m in measured]
    margins = [m.verdict for m in _margins(name, runs)]
    return PolicyRow(
        policy=policy,
        text=_value_text(measured),
        points=tuple(m.number for m in measured),
        low=None if not lows or None in lows else min(low for low in lows if low is not None),
        high=None if not highs or None in highs else max(high for high in highs if high is not None),
        margin=max(margins, key=_RANK.__getitem__, default=""),
        difference="" if found is None else change_text(found),
        direction="" if found is None else labels.difference_direction(found),
    )


def _value_text(measured: Sequence[Measurement]) -> str:
    """One run's value and interval; of several runs the spread of their values."""
    if len(measured) < 2:
        return in_cell(measured[0] if measured else None)
    unit, numbers = measured[0].unit, [m.number for m in measured]
    ends = dict.fromkeys((format_value(min(numbers), unit), format_value(max(numbers), unit)))
    return f"{' – '.join(ends)} in {len(numbers)} runs"


def _measured(name: str, records: Iterable[Record]) -> list[Measurement]:
    return [r.end.measurements[name] for r in records if r.end and name in r.end.measurements]


def _margins(name: str, records: Iterable[Record]) -> list[Margin]:
    """The runs' margins on a measurement of all routes and of the run as a whole."""
    return [m for r in records if r.end for m in r.end.verdict.margins if m.measured.name == name]


def _scale(policies: Iterable[PolicyRow], limit: float | None, unit: str) -> Scale:
    """An axis with every finite value, bound and limit on it; durations far apart are on a log axis."""
    values = [v for row in policies for v in (*row.points, row.low, row.high) if v is not None and v < inf]
    values += [] if limit is None else [limit]
    positive = [v for v in values if v > 0]
    if not positive:
        return Scale(0.0, 1.0, logarithmic=False)
    if unit == "s" and max(positive) > LOG_FROM * min(positive):
        return Scale(min(positive) / 1.3, max(positive) * 1.3, logarithmic=True)
    return Scale(0.0, max(positive) * 1.1, logarithmic=False)
