"""Which part of a run counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.analyse.evidence import CountedWindow, by_schedule
from harness.model.ending import Interrupted


def test_a_window_holds_its_start_and_not_its_end():
    held = CountedWindow(1.0, 3.0).holds(pd.Series([0.9, 1.0, 2.0, 2.9, 3.0, 3.1]))
    assert held.tolist() == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("start_s", "end_s", "length_s"), [(1.0, 3.5, 2.5), (3.0, 3.0, 0.0), (5.0, 3.0, 0.0)]
)
def test_a_window_that_the_warm_up_took_has_no_length(start_s, end_s, length_s):
    assert CountedWindow(start_s, end_s).length_s == length_s


def test_a_whole_run_counts_from_the_warm_up_to_its_last_arrival(make):
    window = make(np.full(400, 0.02), warmup_s=0.5).window
    assert (window.start_s, window.end_s) == (0.5, 2.0)


def test_an_interrupted_run_counts_until_its_last_call_ended(make):
    evidence = make(np.full(400, 0.02), duration_s=60.0, early=Interrupted())
    assert evidence.window.end_s == pytest.approx(399 / 200 + 0.02)


def test_an_interrupted_run_counts_no_longer_than_journeys_arrived(make):
    """Its last call ends after a drain of ten seconds."""
    evidence = make(np.append(np.full(399, 0.02), 10.0), early=Interrupted())
    assert evidence.window.end_s == 2.0


def test_an_interrupted_run_without_calls_has_no_window(make):
    assert make([], duration_s=10.0, early=Interrupted()).window.length_s == 0.0


def test_calls_scheduled_from_the_warm_up_on_and_before_the_cut_count(make):
    evidence = make(np.full(400, 0.02), warmup_s=0.5, cut_s=1.5)
    counted_s = evidence.counted["scheduled_s"]
    assert (counted_s.min(), counted_s.max(), len(counted_s)) == (0.5, 1.495, 200)
    assert counted_s.index.tolist() == list(range(200))


def test_calls_count_in_the_order_of_their_schedule_whatever_the_order_of_their_ends(make):
    evidence = make(np.full(400, 0.02))
    shuffled = replace(evidence, calls=evidence.calls.sample(frac=1.0, random_state=1))
    pd.testing.assert_frame_equal(shuffled.counted, evidence.counted)


def test_a_change_begins_a_new_phase(make):
    evidence = make(np.full(400, 0.02), changes_s=(2.0, 1.0, 2.0))
    assert evidence.phases(np.array([0.0, 0.9, 1.0, 1.9, 2.0, 9.0])).tolist() == [0, 0, 1, 1, 2, 2]


def test_without_a_change_a_run_is_one_phase(make):
    assert make(np.full(400, 0.02)).phases(np.array([0.0, 5.0])).tolist() == [0, 0]


def test_a_run_was_observed_from_its_first_counted_call_until_its_last_call_ended(make):
    evidence = make(np.append(np.full(399, 0.02), 3.0), warmup_s=0.5)
    assert evidence.observed_s == pytest.approx(399 / 200 + 3.0 - 0.5)


def test_a_run_without_counted_calls_was_not_observed(make):
    assert make(np.full(400, 0.02), warmup_s=9.0).observed_s == 0.0


def test_the_counted_calls_are_computed_once(make):
    evidence = make(np.full(400, 0.02), warmup_s=0.5)
    assert evidence.counted is evidence.counted


def test_a_part_of_the_evidence_counts_its_own_calls(make):
    evidence = make(np.full(400, 0.02), warmup_s=0.5)
    assert len(evidence.counted) == 300
    assert len(replace(evidence, calls=evidence.calls[:200]).counted) == 100


def test_calls_in_the_order_of_their_schedule_are_not_sorted_again(make):
    calls = make(np.full(400, 0.02)).calls
    assert by_schedule(calls) is calls


def test_between_two_moments_the_calls_scheduled_there_count(make):
    evidence = make(np.full(400, 0.02), warmup_s=0.5).between(0.2, 0.7)
    assert (evidence.window.start_s, evidence.window.end_s) == (0.2, 0.7)
    assert evidence.counted["scheduled_s"].between(0.2, 0.7, inclusive="left").all()
    assert len(evidence.counted) == 100
