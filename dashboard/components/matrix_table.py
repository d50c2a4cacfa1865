"""Scenarios against policies as one table; a cell links to its run, a row to its comparison, a column to its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from dashboard.components.html_block import show_html
from dashboard.data.decision_matrix import Matrix
from dashboard.theme import labels


def show(matrix: Matrix, comparisons: Mapping[str, Sequence[str]]) -> None:
    """Draws the matrix. `comparisons` has by scenario the runs to compare; all links stay in the same tab."""
    scenarios = list(dict.fromkeys(name for cells in matrix.values() for name in cells))
    rows = [
        {
            "scenario": scenario,
            "compare": _link("compare", runs=comparisons[scenario]) if scenario in comparisons else "",
            "cells": [_cell(matrix, policy, scenario) for policy in matrix],
        }
        for scenario in scenarios
    ]
    policies = [(policy, _link("runs", q=[policy])) for policy in matrix]
    show_html("matrix_table.html.j2", policies=policies, rows=rows)


def _cell(matrix: Matrix, policy: str, scenario: str) -> dict[str, str] | None:
    cell = matrix[policy].get(scenario)
    if cell is None:
        return None
    return {
        "kind": cell.verdict.kind,
        "verdict": labels.verdict_label(cell.verdict),
        "margin": cell.margin,
        "run": _link("run", run=[cell.run]),
        "trend": _link("", policy=[policy], scenario=[scenario]) + "#trend",
    }


def _link(page: str, **query: Sequence[str]) -> str:
    """An address beside Home's own, so that it also holds below a path."""
    return f"{page}?{urlencode(query, doseq=True)}"
