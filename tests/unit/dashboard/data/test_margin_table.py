"""The thresholds of an SLO as a table."""

from __future__ import annotations

from pathlib import Path

from dashboard.data.margin_table import margin_table
from harness.record.reader import open_run


def test_every_threshold_has_a_row_with_its_interval_and_n(made: dict[str, Path]) -> None:
    end = open_run(made["textbook"]).end
    assert end is not None
    table = margin_table(end.verdict.margins).set_index("Threshold")
    assert len(table) == len(end.verdict.margins)
    assert table.loc["amplification < 1.2", "n"] == "3,532"
    assert table.loc["p99(latency) < 250ms", "Verdict"] == "✗ Fail"
