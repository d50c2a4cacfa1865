"""A decision as Markdown."""

from __future__ import annotations

from pathlib import Path

from dashboard.data.decision_markdown import decision_markdown
from harness.assess.runs import compare_records
from harness.model.decision_text import decision_text
from harness.record.reader import open_run


def test_the_decision_comes_first_and_then_each_run_by_its_name(made: dict[str, Path]) -> None:
    records = [open_run(made[name]) for name in ("careful", "stateless")]
    comparison = compare_records(records)
    assert comparison.decision is not None
    lines = decision_markdown(comparison, records).splitlines()
    said = decision_text(comparison.decision).replace("|", "\\|").replace("<", "&lt;")
    assert lines[2] == f"**{said}**"
    assert all(any(f"`{record.run.id}`" in line for line in lines) for record in records)


def test_text_of_a_record_makes_neither_cells_nor_html(made: dict[str, Path]) -> None:
    records = [open_run(made[name]) for name in ("careful", "stateless")]
    comparison = compare_records(records)
    assert comparison.decision is not None
    reasons = (("careful", "x | y <img src=z>"),)
    decision = comparison.decision.model_copy(
        update={"kind": "undecided", "holding": (), "open_reasons": reasons}
    )
    text = decision_markdown(comparison.model_copy(update={"decision": decision}), records)
    assert "x \\| y &lt;img" in text


def test_a_comparison_of_an_older_version_has_none(made: dict[str, Path]) -> None:
    records = [open_run(made[name]) for name in ("careful", "stateless")]
    older = compare_records(records).model_copy(update={"decision": None})
    assert decision_markdown(older, records) == ""
