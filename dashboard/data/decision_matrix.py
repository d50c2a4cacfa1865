"""Policies against scenarios: of each pair the newest verdict and the margin that matters most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.model.margin_size import margin_text, worst_margin
from harness.model.verdict import Verdict
from harness.record.reader import Record


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """The newest judged run of a policy under a scenario: its name, its verdict, and the worst margin as text."""

    run: str
    verdict: Verdict
    margin: str


Matrix = dict[str, dict[str, MatrixCell]]


def decision_matrix(latest: Sequence[Record]) -> Matrix:
    """Cells by policy and scenario, in the order of `latest`; a pair without a judged run has none."""
    found: Matrix = {}
    for record in latest:
        if record.end is not None:
            found.setdefault(record.run.policy.name, {})[record.run.scenario.name] = _cell(record)
    return found


def _cell(record: Record) -> MatrixCell:
    assert record.end is not None  # noqa: S101 - the caller looked
    verdict = record.end.verdict
    if verdict.kind == "inconclusive" and verdict.invalid:
        return MatrixCell(record.run.id, verdict, "invalid run")
    margin = worst_margin(verdict.margins)
    return MatrixCell(record.run.id, verdict, "" if margin is None else margin_text(margin))
