"""What the intervals of a comparison are about."""

from __future__ import annotations

import pytest

from harness.model.comparison_scope import scope_text
from harness.model.run_effect import ASSUMED, RunEffect
from harness.model.verdict import Comparison, Difference

MEASURED = RunEffect(spread=0.012, usual=0.031, runs=6)


def comparison(*runs, effect=ASSUMED):
    deltas = tuple(
        Difference(
            measurement="latency.p99", unit="s", policy_a="a", policy_b="b", a=0.1, b=0.1, difference=0.0,
            low=-0.01, high=0.01, pairs=30 * count, runs=count, verdict="no difference shown",
        )
        for count in runs
    )  # fmt: skip
    return Comparison(policies=("a", "b"), seeds=(1,), deltas=deltas, run_effect=effect)


def test_one_seed_is_about_these_two_runs_only():
    assert scope_text(comparison(1)).startswith("The intervals are between these two runs only.")


def test_an_effect_that_was_not_measured_is_said_to_be_unknown():
    text = scope_text(comparison(1))
    assert "is unknown until surgeline doctor measures it; 5.00% is assumed" in text


def test_a_measured_effect_is_stated_with_its_runs():
    assert "differ by up to 3.10% (surgeline doctor, 6 runs)" in scope_text(comparison(1, effect=MEASURED))


def test_several_seeds_state_their_number():
    assert scope_text(comparison(3, 3)).startswith("The intervals are over 3 pairs of runs")


def test_several_seeds_do_not_mention_two_runs():
    assert "two runs only" not in scope_text(comparison(3, 3))


def test_unequal_numbers_of_runs_are_both_stated():
    text = scope_text(comparison(1, 3))
    assert "over 1 to 3 pairs of runs" in text
    assert "With one pair, they are between these two runs only." in text


@pytest.mark.parametrize("effect", [ASSUMED, MEASURED])
def test_without_differences_there_is_nothing_to_state(effect):
    assert scope_text(comparison(effect=effect)) == ""
