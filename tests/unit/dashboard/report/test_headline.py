"""The result of several runs in one sentence."""

from __future__ import annotations

from pathlib import Path

from dashboard.report.headline import headline
from harness.record.reader import Record, open_run


def test_the_headline_says_which_policies_break_the_slo(records: list[Record]) -> None:
    assert (
        headline(records) == "stateless and textbook break the SLO; the verdict for careful is inconclusive."
    )


def test_the_headline_counts_a_run_without_an_end_as_not_judged(made: dict[str, Path]) -> None:
    assert headline([open_run(made["killed"])]) == "cramped was not judged."
