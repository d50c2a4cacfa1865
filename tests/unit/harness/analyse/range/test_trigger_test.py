"""The trigger test: its faults, its length, what a result means, and at which rates it is made."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from harness.analyse.range import trigger_test
from harness.analyse.range.trigger_test import (
    LEAD_S,
    RECOVERY_S,
    TAIL_S,
    TESTS,
    length_s,
    next_rate,
    stable_up_to,
    trigger_faults,
    trigger_text,
    trigger_trial,
    within_s,
)
from harness.model.policy import Policy
from harness.model.range import Probe, Trial
from harness.model.slo import Slo
from harness.model.verdict import Measurement
from mock_upstream.profile import TimelineFault

PROBE = Probe(purpose="trigger", rate_per_s=80.0, warmup_s=2.0, counted_s=30.0)


def policy(read_s=None, retries=0):
    return Policy.model_validate({"name": "p", "timeout": {"read_s": read_s}, "retry": {"total": retries}})


def fault(at_s, for_s, kind="pause"):
    return TimelineFault.model_validate({"at_s": at_s, "for_s": for_s, "fault": {"kind": kind}})


def faults(*found, read_s=None):
    return trigger_faults(SimpleNamespace(faults=found), policy(read_s))


def test_the_scenario_s_own_faults_keep_their_distances_and_begin_after_the_lead():
    moved = faults(fault(30.0, 5.0), fault(20.0, 2.0), fault(10.0, None))
    assert [(each.at_s, each.for_s) for each in moved] == [(LEAD_S + 10.0, 5.0), (LEAD_S, 2.0)]


@pytest.mark.parametrize(("read_s", "pause_s"), [(None, 6.0), (1.0, 4.0), (4.0, 6.0), (30.0, 12.0)])
def test_without_a_fault_that_ends_the_upstream_pauses_for_longer_than_the_read_timeout(read_s, pause_s):
    (pause,) = faults(fault(10.0, None), read_s=read_s)
    assert (pause.at_s, pause.for_s, pause.fault.kind) == (LEAD_S, pause_s, "pause")


@pytest.mark.parametrize(
    ("thresholds", "limit_s"),
    [
        (("p99(latency) < 1s",), RECOVERY_S),
        (("recovery < 7s",), 7.0),
        (("recovery < 9s", "recovery < 7s"), 7.0),
    ],
)
def test_the_client_must_recover_as_soon_as_the_strictest_threshold_of_the_slo_says(thresholds, limit_s):
    assert within_s(Slo(thresholds=thresholds)) == limit_s


def test_a_test_lasts_until_the_last_fault_is_over_and_the_client_should_have_recovered():
    assert length_s([fault(4.0, 6.0), fault(8.0, 1.0)], 20.0) == 10.0 + 20.0 + TAIL_S


def test_the_trigger_is_named_with_the_required_recovery():
    text = trigger_text([fault(4.0, 6.0), fault(8.0, 1.5)], 20.0)
    assert text == "pause for 6 s, pause for 1.5 s; the client must recover within 20 s"


def trial_of(monkeypatch, make, value=None, high=None):
    measured = None
    if value is not None:
        measured = Measurement(name="recovery", value=value, unit="s", n=700, low=0.0, high=high)
    monkeypatch.setattr(trigger_test, "recovery", lambda _: measured)
    return trigger_trial(make(np.full(400, 0.02)), PROBE, "run", 33.0, 20.0)


@pytest.mark.parametrize(
    ("value", "high", "breaks", "text"),
    [
        (5.0, 7.0, False, "the client recovered after 5.00 s"),
        (20.0, 22.0, False, "the client recovered after 20.0 s"),
        (20.5, 22.5, True, "the client recovered after 20.5 s"),
        (15.0, None, True, "the client did not recover within 15.0 s"),
    ],
)
def test_a_trial_breaks_when_the_client_did_not_recover_in_time(monkeypatch, make, value, high, breaks, text):
    found = trial_of(monkeypatch, make, value, high)
    assert (found.breaks, found.measured, found.invalid) == (breaks, text, "")
    assert (found.rate_per_s, found.load_s, found.n, found.limit_s) == (80.0, 33.0, 700, 20.0)
    assert (found.threshold, found.purpose, found.run) == ("recovery < 20s", "trigger", "run")


def test_a_trial_without_a_measured_recovery_is_invalid(monkeypatch, make):
    found = trial_of(monkeypatch, make)
    assert (found.invalid, found.n) == ("recovery was not measured", 0)


def a_trial(rate_per_s, broke, **fields):
    fields = {"purpose": "trigger", **fields}
    return Trial(
        rate_per_s=rate_per_s, load_s=30.0, n=700, bad_ratio=float(broke), allowed_ratio=0.5, effective_n=1.0,
        limit_s=20.0, **fields,
    )  # fmt: skip


def test_the_limit_is_tested_first_and_alone_when_the_client_recovers_there():
    assert next_rate([], 300.0, policy()) == 300.0
    assert next_rate([a_trial(300.0, False)], 300.0, policy()) is None
    assert next_rate([a_trial(299.8, False)], 300.0, policy()) is None


def test_after_a_failure_at_the_limit_a_rate_below_that_of_retry_storms_is_tested():
    """With 3 retries a backlog drains below a quarter of the limit; with none, half is tried instead."""
    assert next_rate([a_trial(300.0, True)], 300.0, policy(retries=3)) == pytest.approx(0.9 * 75.0)
    assert next_rate([a_trial(300.0, True)], 300.0, policy()) == 150.0


def test_between_a_failure_and_a_success_the_geometric_middle_is_tested_until_both_are_near():
    assert next_rate([a_trial(300.0, True), a_trial(75.0, False)], 300.0, policy()) == 150.0
    assert next_rate([a_trial(300.0, True), a_trial(262.0, False)], 300.0, policy()) is None
    assert next_rate([a_trial(300.0, True), a_trial(260.0, False)], 300.0, policy()) is not None


def test_of_several_successes_the_highest_counts():
    trials = [a_trial(300.0, True), a_trial(48.0, False), a_trial(75.0, False)]
    assert next_rate(trials, 300.0, policy()) == 150.0


def test_no_more_than_four_rates_are_tested_and_trials_of_the_search_do_not_count():
    failed = [a_trial(300.0 / 2**n, True) for n in range(TESTS)]
    assert next_rate(failed, 300.0, policy()) is None
    assert next_rate(failed[:-1], 300.0, policy()) == pytest.approx(300.0 / 8)
    assert next_rate([a_trial(300.0, True, purpose="bisect")] * 5, 300.0, policy()) == 300.0


def test_an_invalid_test_says_nothing_of_its_rate():
    assert next_rate([a_trial(300.0, False, invalid="late")], 300.0, policy()) == 300.0
    assert next_rate([a_trial(300.0, True, invalid="late")], 300.0, policy()) == 300.0
    assert stable_up_to([a_trial(100.0, False, invalid="late")], 300.0) == 0.0


def test_a_client_is_stable_up_to_the_highest_rate_below_every_failure():
    assert stable_up_to([a_trial(100.0, False), a_trial(150.0, True), a_trial(200.0, False)], 300.0) == 100.0
    assert stable_up_to([a_trial(150.0, False), a_trial(150.0, True)], 300.0) == 0.0
    assert stable_up_to([a_trial(100.0, False, purpose="confirm")], 300.0) == 0.0


def test_a_client_is_never_stable_beyond_the_limit():
    assert stable_up_to([a_trial(350.0, False)], 300.0) == 300.0


def test_a_fault_that_does_not_end_counts_from_its_beginning():
    assert length_s([fault(4.0, None)], 20.0) == 4.0 + 20.0 + TAIL_S
