"""Recorded runs as baselines."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.analyse.verdict.validity import InvalidReason
from harness.assess import baselines
from harness.assess.baselines import baseline_of, lateness_of, unpaired_reason, verdict_against
from harness.model.errors import RecordError
from harness.record.reader import Record, open_run
from tests.unit.dashboard.made_runs import CAREFUL, STARTED, complete, killed

ROUTE = 'p99(latency{route="GET /orders"}) < 1.2x baseline'


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A complete run."""
    return open_run(complete(tmp_path_factory.mktemp("runs"), CAREFUL))


def test_a_run_is_paired_with_itself(record):
    assert unpaired_reason(record, baseline_of(record, ())) == ""


def test_a_threshold_on_a_route_is_measured_for_the_baseline_too(record):
    margin = verdict_against(record, baseline_of(record, (ROUTE,)), (ROUTE,)).margins[-1]
    assert margin.measured.value == 1.0
    assert margin.measured.n > 0


def test_a_run_that_is_not_valid_is_no_baseline(record, monkeypatch):
    monkeypatch.setattr(baselines, "run_invalid", lambda _: ["the driver used 99% of its core"])
    with pytest.raises(RecordError, match="cannot be a baseline: the driver used 99% of its core"):
        baseline_of(record, ())


def test_how_a_run_was_late_is_told(record, monkeypatch):
    assert lateness_of(record) == []
    late = InvalidReason("driver", "the driver's timer fired late")
    monkeypatch.setattr(baselines, "late_reasons", lambda _: [late])
    assert lateness_of(record) == ["the driver's timer fired late"]


def test_a_run_that_was_cut_short_is_no_baseline(tmp_path: Path):
    with pytest.raises(RecordError, match="cannot be a baseline; run it again"):
        baseline_of(open_run(killed(tmp_path, CAREFUL, STARTED)), ())
