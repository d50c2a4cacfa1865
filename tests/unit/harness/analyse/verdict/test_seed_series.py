"""One verdict on runs of further seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.measure import threshold_measurements
from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.analyse.verdict.seed_series import is_decided, judge_series
from harness.model.ending import Interrupted
from harness.model.verdict import Measurement
from tests.unit.harness.analyse.conftest import reference

CALLS, NEAR = 6000, ("ratio(error) < 2%",)


@pytest.fixture
def failing(make):
    """Makes a run of which so many calls, spread evenly, fail."""

    def run(every, thresholds=NEAR, **columns):
        outcomes = np.where(np.arange(CALLS) % every == 0, "status", "ok")
        return make(np.full(CALLS, 0.02), thresholds=thresholds, columns={"outcome": outcomes, **columns})

    return run


def verdicts(runs, **options):
    """The verdict after each of the runs."""
    found = []
    for count in range(1, len(runs) + 1):
        found.append(judge_series(runs[:count], found[-1] if found else None, **options))
    return found


def test_runs_together_decide_what_one_of_them_does_not(failing):
    runs = [failing(60)] * 8
    assert judge(runs[0], measurements(runs[0])).kind == "inconclusive"
    kinds = [verdict.kind for verdict in verdicts(runs)]
    assert kinds[0] == "inconclusive"
    assert kinds[-1] == "pass"


def test_a_series_beyond_its_limit_fails(failing):
    last = verdicts([failing(42)] * 8)[-1]
    assert last.kind == "fail"
    assert last.margins[0].measured.n > CALLS


def test_the_interval_of_a_series_shrinks_with_its_runs(failing):
    widths = [
        m.high - m.low for verdict in verdicts([failing(50)] * 12) for m in [verdict.margins[0].measured]
    ]
    assert widths[11] < widths[3] < widths[0]


def test_what_a_look_decides_stays_decided(failing):
    first, second = verdicts([failing(200), failing(10)])
    assert (first.kind, second.kind) == ("pass", "pass")
    assert second.margins[0] == first.margins[0]


def test_a_series_goes_on_while_one_threshold_is_open(failing):
    both = (*NEAR, "p99(pool_wait) < 100ms")
    first = verdicts([failing(57, both)])[0]
    assert [margin.verdict for margin in first.margins] == ["inconclusive", "pass"]
    assert not is_decided(first)


def test_a_failure_beside_an_open_threshold_is_no_end_of_its_own(failing):
    verdict = verdicts([failing(57, (*NEAR, "ratio(error) < 0.1%"))])[0]
    assert verdict.kind == "fail"
    assert not is_decided(verdict)


def test_an_interrupted_run_is_no_look(failing):
    cut = replace(failing(10), early=Interrupted())
    first, second = verdicts([failing(57), cut])
    assert second == first


def test_a_late_run_is_no_look(failing):
    late = failing(10, schedule_lag_s=np.full(CALLS, 0.5))
    first, second = verdicts([failing(57), late])
    assert second == first


def test_a_series_of_late_runs_says_why_it_decides_nothing(failing):
    verdict = verdicts([failing(10, schedule_lag_s=np.full(CALLS, 0.5))])[0]
    assert verdict.kind == "inconclusive"
    assert verdict.invalid
    assert "p99(schedule_lag)" in verdict.reasons[0]


def test_a_pass_of_a_series_has_seen_the_time_of_all_its_runs(failing):
    runs = [failing(60)] * 8
    passed = verdicts(runs)[-1]
    assert passed.unseen_s == pytest.approx(8 * runs[0].window.length_s / 3)


def test_a_window_is_measured_over_all_runs_together(failing):
    first, *_, last = verdicts([failing(57, ("ratio(error) < 2.5% over any 10s",))] * 12)
    assert first.kind == "inconclusive"
    assert last.kind == "pass"


def test_a_rate_is_the_mean_of_the_runs(make):
    whole = make(np.full(CALLS, 0.02), thresholds=("rate(goodput) > 150/s",))
    runs = [whole, replace(whole, calls=whole.calls.iloc[::2])]
    alone = [judge_series([run]).margins[0].measured.value for run in runs]
    together = judge_series(runs).margins[0].measured.value
    assert together == pytest.approx(np.mean(alone))


def test_a_baseline_decides_relative_thresholds(failing):
    share = Measurement(name="error_ratio", value=0.02, unit="ratio", n=CALLS, low=0.0199, high=0.0201)
    run = failing(200, ("ratio(error) < 1.2x baseline",))
    assert judge_series([run], None, reference(share)).kind == "pass"


def test_a_maximum_that_a_later_run_exceeds_fails_the_series(make):
    thresholds = ("max(latency) < 1s", "ratio(error) < 0.01%")
    slow = np.full(CALLS, 0.02)
    slow[CALLS // 2] = 3.0
    first, second = verdicts(
        [make(np.full(CALLS, 0.02), thresholds=thresholds), make(slow, thresholds=thresholds)]
    )
    assert [first.margins[0].verdict, second.margins[0].verdict] == ["pass", "fail"]


def test_recovery_is_that_of_the_slowest_run(monkeypatch, make):
    times = {0.02: 2.0, 0.03: 30.0}

    def recovered(run):
        value = times[float(run.calls["latency_s"].iloc[0])]
        return Measurement(name="recovery", value=value, unit="s", n=1, low=value, high=value)

    monkeypatch.setattr(threshold_measurements, "recovery", recovered)
    thresholds = ("recovery < 15s", "ratio(error) < 0.01%")
    runs = [make(np.full(CALLS, s), thresholds=thresholds) for s in (0.02, 0.03, 0.02)]
    assert [verdict.margins[0].verdict for verdict in verdicts(runs)] == ["pass", "fail", "fail"]


def test_the_bound_that_can_break_a_threshold_is_wider_beside_many_thresholds(failing):
    """Then all of them together fail falsely in 5% at most."""
    many = (*NEAR, *(f"p99(pool_wait) < {limit}ms" for limit in range(100, 110)))
    alone, beside = (
        verdicts([failing(50, thresholds)])[0].margins[0].measured for thresholds in (NEAR, many)
    )
    assert beside.low < alone.low
    assert beside.high == alone.high


def test_a_run_of_which_few_calls_were_late_is_a_look(failing):
    late = failing(57, schedule_lag_s=np.where(np.arange(CALLS) % 20 == 0, 0.5, 0.0001))
    first, second = verdicts([failing(57), late])
    assert second.margins[0].measured.n > first.margins[0].measured.n
