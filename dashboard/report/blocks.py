"""What the report is made of: tables, figures and titled sections, before any of it is HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from altair.typing import ChartType

from dashboard.report.inline_svg import inline

WIDTH_PX = 980


@dataclass(frozen=True, slots=True)
class Table:
    """Texts in rows and columns; the first column names its row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ChartFigure:
    """Panels under each other, with a description for readers who can't see them; `key` is unique on the page."""

    charts: tuple[ChartType, ...]
    key: str
    description: str

    @cached_property
    def panels(self) -> tuple[str, ...]:
        """The panels as inline SVG, drawn when they are asked for."""
        return inline(self.charts, WIDTH_PX, self.key)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a sentence, a table or a figure under it; what is empty is left out."""

    heading: str = ""
    sentence: str = ""
    table: Table | None = None
    figure: ChartFigure | None = None


def table_of(frame: pd.DataFrame) -> Table:
    """A frame as a table of texts."""
    rows = frame.itertuples(index=False, name=None)
    return Table(tuple(map(str, frame.columns)), tuple(tuple(map(str, row)) for row in rows))


def figure_of(panels: Sequence[ChartType], key: str, description: str) -> ChartFigure:
    """Charts as a figure; `key` is unique on the page."""
    return ChartFigure(tuple(panels), key, description)
