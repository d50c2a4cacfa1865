"""A comparison as one table: every interval as a bar beside the limit, and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from dashboard.components.elements import palette
from dashboard.components.html_block import show_html
from dashboard.data.comparison_rows import MeasurementRow, PolicyRow, Scale
from dashboard.theme import labels
from dashboard.theme.palette import series_looks
from harness.model.formatting import format_value


@dataclass(frozen=True, slots=True)
class Bar:
    """Where an interval and the runs' values lie, in percent; open where a side has no bound."""

    left: float
    width: float
    points: tuple[float, ...]
    open_left: bool
    open_right: bool


def show(
    rows: Sequence[MeasurementRow], policies: Sequence[str], base: str, order: Sequence[str] = ()
) -> None:
    """Draws the rows. A policy has the colour that the charts below give it, by its place in `order`."""
    looks = series_looks(policies, palette(), order=order)
    show_html(
        "comparison_table.html.j2",
        groups=[(title, _drawn(part)) for title, part in _parts(rows) if part],
        base=base,
        colours={name: colour for name, (colour, _) in looks.items()},
        symbols={kind: symbol for kind, (symbol, _) in labels.VERDICTS.items()} | {"": ""},
    )


def bar(row: PolicyRow, scale: Scale) -> Bar:
    """The bar of one policy; without an interval it has the width of its points."""
    finite = [point for point in row.points if point < inf]
    left = scale.percent(row.low) if row.low is not None else 0.0
    right = scale.percent(row.high) if row.high is not None else 100.0
    if not row.points:
        return Bar(0.0, 0.0, (), open_left=False, open_right=False)
    return Bar(
        left,
        max(right - left, 0.0),
        tuple(map(scale.percent, finite)),
        open_left=row.low is None,
        open_right=row.high is None,
    )


def _parts(rows: Sequence[MeasurementRow]) -> list[tuple[str, list[MeasurementRow]]]:
    return [
        ("Differences that are shown", [row for row in rows if row.differs]),
        ("No difference is shown, or it is undefined", [row for row in rows if not row.differs]),
    ]


def _drawn(rows: Sequence[MeasurementRow]) -> list[dict[str, object]]:
    return [
        {
            "row": row,
            "low": format_value(row.scale.low, row.unit),
            "high": format_value(row.scale.high, row.unit),
            "limit": None if row.limit is None else row.scale.percent(row.limit),
            "bars": [(policy, bar(policy, row.scale)) for policy in row.policies],
        }
        for row in rows
    ]
