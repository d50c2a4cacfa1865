"""The longest event that a run may have missed, checked by events at random moments."""

import numpy as np
import pytest

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.analyse.verdict.unseen import longest_unseen_s, unseen_text

RUNS, COUNTED_S = 100_000, 24.0


def share_without_an_event(rng, every_s):
    """The share of runs before whose end no event of a Poisson process occurs, over stratified chances."""
    chances = (np.arange(RUNS) + rng.random(RUNS)) / RUNS
    return float(np.mean(-every_s * np.log(1 - chances) > COUNTED_S))


def test_an_event_of_the_stated_interval_is_missing_in_at_most_one_run_of_twenty(rng):
    assert share_without_an_event(rng, longest_unseen_s(COUNTED_S)) <= 0.05


def test_a_rarer_event_is_missing_in_more_runs(rng):
    assert share_without_an_event(rng, 1.01 * longest_unseen_s(COUNTED_S)) > 0.05


def test_a_pass_has_the_longest_unseen_event_of_its_counted_window(make, rng):
    evidence = make(rng.exponential(0.02, 6000), warmup_s=6.0)
    assert judge(evidence, measurements(evidence)).unseen_s == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("unseen_s", "often"), [(8.0, "8 s"), (9.96, "9.9 s"), (14.0, "14 s"), (1200.0, "1,200 s")]
)
def test_the_sentence_rounds_down(unseen_s, often):
    assert unseen_text(unseen_s) == (
        f"An event that occurs once in {often} or more rarely may not have occurred in this run."
    )
