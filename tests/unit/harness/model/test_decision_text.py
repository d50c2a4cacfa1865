"""A decision in words."""

from __future__ import annotations

import pytest

from harness.model.decision_text import certainty_text, changes_text, decision_text
from harness.model.verdict import Decision, Difference


def change(measurement: str, difference: float | None, unit: str = "s") -> Difference:
    return Difference(
        measurement=measurement, unit=unit, policy_a="a", policy_b="b", a=0.5, b=None, difference=difference,
        low=None, high=None, pairs=30, verdict="lower",
    )  # fmt: skip


def test_the_differences_that_people_ask_for_first_are_named_first_and_the_others_counted() -> None:
    found = [
        change("amplification", 0.4, "attempts/call"),
        change("error_ratio", -0.013, "ratio"),
        change("latency.p99", -2.4),
    ]
    assert changes_text(found) == "Latency p99 −2.40 s, Calls failed −1.30 percentage points, and 1 more"


def test_an_undecided_comparison_does_not_claim_a_confidence() -> None:
    text = certainty_text(Decision(kind="undecided", pairs=2, runs=4))
    assert text == "no recommendation has 95% confidence; differences over at least 2 pairs of runs"


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision(kind="clear winner", policy="b", pairs=1), "the differences are between these runs only"),
        (Decision(kind="clear winner", policy="b"), "no difference could be measured"),
        (Decision(kind="clear winner", policy="b", runs=4, invalid_runs=1), "1 of 4 runs are invalid"),
    ],
)
def test_what_the_certainty_rests_on_is_said(decision: Decision, words: str) -> None:
    assert words in certainty_text(decision)


def test_a_winner_without_another_policy_claims_no_difference() -> None:
    text = decision_text(Decision(kind="clear winner", policy="b", holding=("b",)))
    assert text.startswith("Ship b: the only policy that meets the SLO (")


def test_an_undecided_comparison_says_what_settles_it() -> None:
    text = decision_text(Decision(kind="undecided", open_reasons=(("b", "run for 40 s longer"),)))
    assert text.endswith("To settle it for b: run for 40 s longer.")
