"""Known verdicts on a quiet machine: a run below capacity passes, one above it fails, and neither stays undecided."""

from __future__ import annotations

import pytest

from harness.record.reader import Record
from tests.load.test_known_answers import _run

pytestmark = pytest.mark.acceptance

TRIES = 3
"""Tries on a busy machine; if all of them are inconclusive, the test fails."""


def _decided(runs: object, *settings: str) -> Record:
    for _ in range(TRIES):
        record = _run(runs, *settings)
        assert record.end is not None
        if record.end.verdict.kind != "inconclusive":
            return record
    pytest.fail(f"undecided in {TRIES} runs: {'; '.join(record.end.verdict.reasons)}")


def test_below_capacity_the_verdict_is_a_pass(runs: object) -> None:
    record = _decided(
        runs,
        "scenario.arrivals.0.rate_per_s=100",
        "scenario.arrivals.0.duration_s=20",
        'scenario.slo.thresholds=["p99(latency) < 100ms", "rate(goodput) > 90/s"]',
    )
    assert record.end is not None
    assert record.end.verdict.kind == "pass", record.end.verdict.reasons


def test_above_capacity_the_verdict_is_a_failure_by_latency(runs: object) -> None:
    record = _decided(
        runs,
        "scenario.arrivals.0.rate_per_s=240",
        "scenario.arrivals.0.duration_s=12",
        "scenario.service.threads=300",
    )
    assert record.end is not None
    assert record.end.verdict.kind == "fail", record.end.verdict.reasons
