"""A comparison on a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.verdict import Comparison, Difference
from harness.record.reader import open_run
from surgeline.render.comparison import show_comparison
from tests.unit.dashboard import made_runs


@pytest.mark.parametrize(("runs", "words"), [(1, "between these two runs only"), (3, "over 3 pairs of runs")])
def test_the_table_says_over_how_many_runs_its_intervals_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], runs: int, words: str
) -> None:
    record = open_run(made_runs.complete(tmp_path, made_runs.CAREFUL))
    other = replace(record, run=record.run.model_copy(update={"policy": made_runs.TEXTBOOK}))
    delta = Difference(
        measurement="latency.p99", unit="s", policy_a="careful", policy_b="textbook", a=0.1, b=0.2, difference=0.1,
        low=0.05, high=0.15, pairs=30 * runs, runs=runs, verdict="higher",
    )  # fmt: skip
    found = Comparison(policies=("careful", "textbook"), seeds=tuple(range(runs)), deltas=(delta,))
    show_comparison(found, [record, other])
    assert words in " ".join(capsys.readouterr().out.split())
