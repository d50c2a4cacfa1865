"""Policies against scenarios."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboard.data.decision_matrix import decision_matrix
from harness.model.verdict import Inconclusive
from harness.record.reader import Record, open_run


def _run(made: dict[str, Path], name: str) -> Record:
    return open_run(made[name])


def test_a_cell_has_the_verdict_and_the_worst_margin(made: dict[str, Path]) -> None:
    cell = decision_matrix([_run(made, "textbook")])["textbook"]["dependency-slowdown"]
    assert (cell.run, cell.verdict.kind) == (made["textbook"].name, "fail")
    assert cell.margin.startswith("Latency p99")
    assert cell.margin.endswith("× limit")


def test_a_run_without_a_verdict_has_no_cell(made: dict[str, Path]) -> None:
    assert decision_matrix([_run(made, "killed")]) == {}


def test_the_numbers_of_an_invalid_run_are_not_shown(made: dict[str, Path]) -> None:
    record = _run(made, "careful")
    assert record.end is not None
    invalid = Inconclusive(invalid=True, margins=record.end.verdict.margins)
    end = record.end.model_copy(update={"verdict": invalid})
    cells = decision_matrix([replace(record, end=end)])["careful"]
    assert cells["dependency-slowdown"].margin == "invalid run"
