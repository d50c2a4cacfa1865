"""Verdicts and differences in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.theme import labels
from harness.model.verdict import Difference, Fail, Inconclusive, Margin, Measurement, Pass

P99 = Measurement(name="latency.p99", value=0.412, unit="s", n=5210, low=0.389, high=0.455)


def _margin(verdict: str) -> Margin:
    return Margin(threshold="p99(latency) < 250ms", limit=0.25, measured=P99, verdict=verdict)  # type: ignore[arg-type]


def _difference(measurement: str, verdict: str) -> Difference:
    return Difference(
        measurement=measurement, unit="s", policy_a="a", policy_b="b", a=1.0, b=2.0, difference=1.0,
        low=0.5, high=1.5, pairs=30, verdict=verdict,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_verdict_is_a_symbol_and_a_word() -> None:
    assert labels.verdict_label(Pass()) == "✓ Pass"
    assert labels.verdict_label(None) == "– Not judged"


def test_a_failure_names_the_broken_thresholds() -> None:
    said = labels.verdict_sentence(Fail(margins=(_margin("fail"), _margin("pass"))))
    assert said == "1 of 2 thresholds broken: p99(latency) < 250ms."


def test_a_pass_says_how_many_thresholds_hold() -> None:
    assert (
        labels.verdict_sentence(Pass(margins=(_margin("pass"),)))
        == "All 1 thresholds hold with 95% confidence."
    )


def test_a_run_that_cant_decide_says_how_many_are_open() -> None:
    assert "1 cannot be decided" in labels.verdict_sentence(Inconclusive(margins=(_margin("inconclusive"),)))


def test_a_scenario_without_thresholds_has_nothing_to_judge() -> None:
    assert "The SLO has no threshold" in labels.verdict_sentence(Inconclusive())


@pytest.mark.parametrize(
    ("measurement", "verdict", "judged"),
    [
        ("latency.p99", "higher", "worse"),
        ("latency.p99", "lower", "better"),
        ("goodput", "higher", "better"),
        ("calls", "higher", ""),
        ("latency.p99", "no difference shown", ""),
    ],
)
def test_a_difference_is_better_worse_or_neither(measurement: str, verdict: str, judged: str) -> None:
    assert labels.difference_direction(_difference(measurement, verdict)) == judged


def test_a_difference_carries_its_sign() -> None:
    assert labels.signed_interval(-0.5, 1.5, "s") == "−500 ms to +1.50 s"


def test_how_long_ago_is_told_in_the_largest_unit() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert [labels.ago(now - timedelta(seconds=s), now) for s in (5, 125, 7300, 90000)] == [
        "5 s ago", "2 min ago", "2 h ago", "1 d ago",
    ]  # fmt: skip
