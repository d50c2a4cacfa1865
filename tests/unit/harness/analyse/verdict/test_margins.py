"""A threshold decided by what was measured, and what would decide it where that does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.margins import _more_time, margin_of, margins_of, statement
from harness.model.slo import Slo, parse
from harness.model.verdict import Measurement
from tests.unit.harness.analyse.conftest import reference

P99 = "p99(latency) < 250ms"


def measured(value, low, high, n=4000, unit="s", **fields):
    return Measurement(name="latency.p99", value=value, unit=unit, n=n, low=low, high=high, **fields)


def decided(threshold, measurement):
    slo = Slo(thresholds=(threshold,))
    return margin_of(parse(threshold), measurement, slo, lambda: "undecided").verdict


def reason(evidence, before=None):
    (margin,) = margins_of(evidence, measurements(evidence), before)
    assert margin.verdict == "inconclusive"
    return margin.reason


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.1, 0.2, "pass"),
        (0.1, 0.25, "inconclusive"),
        (0.1, None, "inconclusive"),
        (0.24, 0.3, "inconclusive"),
        (0.25, 0.3, "fail"),
        (0.3, None, "fail"),
        (None, 0.2, "pass"),
        (None, None, "inconclusive"),
    ],
)
def test_a_threshold_is_decided_where_the_whole_interval_lies_on_one_side_of_its_limit(low, high, verdict):
    assert decided(P99, measured(0.2, low, high)) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(190, 220, "pass"), (170, 180, "fail"), (170, 190, "inconclusive")]
)
def test_a_rate_has_to_lie_above_its_limit(low, high, verdict):
    assert decided("rate(goodput) > 180/s", measured(185.0, low, high, unit="1/s")) == verdict


def test_a_maximum_is_decided_by_its_value():
    assert decided("max(latency) < 250ms", measured(0.24, 0.24, None)) == "pass"
    assert decided("max(latency) < 250ms", measured(0.25, 0.25, None)) == "fail"
    assert decided("max(latency) < 250ms", measured(None, 9.0, None)) == "fail"


def test_what_was_not_measured_is_undecided():
    assert decided(P99, measured(0.0, None, 0.0, n=0)) == "inconclusive"


def test_too_few_calls_name_how_many_are_needed_and_how_much_longer_that_is(make):
    """Of 40 equal calls in 0.2 s; a p99 needs 415 independent ones, so 1.875 s more."""
    text = reason(make(np.full(40, 0.02), thresholds=("p99(latency) < 250ms",)))
    assert "40 calls are too few, and at least 415 are needed to bound it; run for about 2 s longer" in text


def test_calls_in_bursts_are_said_to_be_worth_less(make):
    text = reason(make(np.repeat([0.02, 0.2] * 5, 500)))
    assert "slow calls occur in bursts, so 5,000 calls are worth " in text


def test_a_window_with_too_few_calls_asks_for_longer_windows(make):
    text = reason(make(np.full(400, 0.02), thresholds=("p99(latency) < 250ms over any 1s",)))
    assert text.endswith("too few calls to bound it; run for longer, or use longer windows")


def error_reason(make, failed, limit):
    outcome = np.where(np.arange(4000) % (4000 // failed) == 0, "http_5xx", "ok") if failed else "ok"
    return reason(
        make(np.full(4000, 0.02), thresholds=(f"ratio(error) < {limit}",), columns={"outcome": outcome})
    )


def longer_s(text):
    """How many seconds longer the reason says to run."""
    return int(text.rsplit("run for about ", 1)[1].split(" s")[0])


def test_an_interval_has_to_shrink_to_the_gap_by_the_root_of_the_time(make):
    """40 of 4,000 failed in 20 s, and 0.2 percentage points are left to the limit."""
    text = error_reason(make, 40, "1.2%")
    high = float(text.split("–")[1].split("%")[0]) / 100
    assert longer_s(text) == pytest.approx(20 * (((high - 0.01) / 0.002) ** 2 - 1), rel=0.1)


def test_a_ratio_of_nothing_needs_time_in_proportion(make):
    """None of 4,000 in 20 s: the bound of about 0.10% is as much above zero as the limit after as much longer."""
    text = error_reason(make, 0, "0.05%")
    assert longer_s(text) == pytest.approx(20, abs=10)


def test_a_limit_very_near_the_value_is_unlikely_to_be_decided(make):
    assert "a longer run is unlikely to decide it" in error_reason(make, 40, "1.01%")


def test_recovery_that_was_not_seen_asks_for_a_longer_run(make):
    evidence = make(np.full(4000, 0.02), thresholds=("recovery < 5s",))
    assert "the scenario has no fault that ends before the last arrivals" in reason(evidence)
    found = {"recovery": Measurement(name="recovery", value=9.0, unit="s", n=1, low=2.0, high=None)}
    (margin,) = margins_of(evidence, found, None)
    assert margin.reason.endswith("had not recovered when the last journey arrived; run for longer")


def test_a_quantity_without_calls_was_not_measured(make):
    text = reason(make(np.full(400, 0.02), thresholds=('p99(latency{route="/other"}) < 1s',)))
    assert text == "p99(latency) of /other was not measured: there were no calls"
    apart = make(np.full(400, 0.02), columns={"outcome": "http_5xx"})
    slo = Slo(warmup_s=0, thresholds=("p99(latency) < 1s", "ratio(error) < 200%"), failed_calls="late")
    slo = slo.model_copy(update={"failed_calls": "apart"})
    margins = margins_of(replace(apart, slo=slo), measurements(replace(apart, slo=slo)), None)
    assert margins[0].reason.endswith("of successful calls was not measured: there were no successful calls")


RELATIVE = "p99(latency) < 1.2x baseline"


def test_a_relative_threshold_without_a_baseline_says_where_to_get_one(make):
    text = reason(make(np.full(4000, 0.02), thresholds=(RELATIVE,)))
    assert text == f"{RELATIVE} needs a baseline; compare the run with one by surgeline gate"


def test_a_baseline_without_the_measurement_has_to_be_made_anew(make):
    other = reference(Measurement(name="latency.p50", value=0.02, unit="s", n=9, low=0.01, high=0.03))
    text = reason(make(np.full(4000, 0.02), thresholds=(RELATIVE,)), other)
    assert text.startswith(f"{RELATIVE} cannot be decided: the baseline was not made for this threshold")


def test_a_baseline_whose_calls_failed_too_often_compares_with_nothing(make):
    failed = reference(Measurement(name="latency.p99", value=None, unit="s", n=9, low=3.0, high=None))
    text = reason(make(np.full(4000, 0.02), thresholds=(RELATIVE,)), failed)
    assert "too many calls of the baseline's run failed to reach its p99" in text


def test_a_statement_names_the_route_the_window_and_the_limit():
    threshold = parse('p99(latency{route="/a"}) < 250ms over any 5s')
    text = statement(threshold, measured(0.3, 0.28, 0.33), Slo(thresholds=(threshold.text,)))
    assert text == ("p99(latency) of /a over any 5 s is 300 ms (280–330 ms, n = 4,000), limit 250 ms")


def test_a_percentile_that_is_not_reached_is_stated_with_why():
    text = statement(parse(P99), measured(None, 9.0, None), Slo(thresholds=(P99,)))
    assert text == (
        "p99(latency) is not reached: more than 1% of the calls failed (9.00 s or more, n = 4,000), limit 250 ms"
    )


def test_a_pass_by_the_shape_of_the_tail_says_so_and_one_by_counting_says_nothing():
    slo = Slo(thresholds=(P99,))
    for by_tail in (True, False):
        found = margin_of(parse(P99), measured(0.1, 0.09, 0.12, by_tail=by_tail), slo, lambda: "")
        assert ("follows from the shape of the tail" in found.reason) is by_tail
        assert (found.reason == "") is not by_tail


def test_failures_near_the_share_that_a_percentile_leaves_need_the_time_that_their_ratio_needs(make):
    """32 of 4,000 failed, and 40 may."""
    outcome = np.where(np.arange(4000) % 125 == 0, "http_5xx", "ok")
    of_p99 = reason(
        make(np.full(4000, 0.02), thresholds=("p99(latency) < 1s",), columns={"outcome": outcome})
    )
    assert "0.8% of the calls failed, and 1% may fail" in of_p99
    assert longer_s(of_p99) == longer_s(error_reason(make, 32, "1%"))


def test_as_many_calls_as_a_percentile_needs_are_not_too_few(make):
    """Of 415 calls three failed."""
    outcome = np.where(np.isin(np.arange(415), [60, 200, 340]), "http_5xx", "ok")
    text = reason(make(np.full(415, 0.02), thresholds=("p99(latency) < 1s",), columns={"outcome": outcome}))
    assert "of the calls failed, and 1% may fail" in text


@pytest.mark.parametrize(("width", "unlikely"), [(0.99, False), (1.05, True)])
def test_a_longer_run_is_unlikely_to_decide_a_gap_of_less_than_a_tenth_of_the_interval(make, width, unlikely):
    assert ("unlikely" in _more_time(0.1, width, make(np.full(400, 0.02)))) is unlikely


@pytest.mark.parametrize(
    ("comparison", "usual_s", "seldom_s", "every"), [("<", 0.02, 0.25, 85), ("<=", 0.25, 0.3, 120)]
)
def test_a_value_at_its_limit_is_unlikely_to_be_decided(make, comparison, usual_s, seldom_s, every):
    """The calls take one of two times, so that the value is a bound of its interval, too, and the limit."""
    latency_s = np.where(np.arange(4000) % every == 0, seldom_s, usual_s)
    text = reason(make(latency_s, thresholds=(f"p99(latency) {comparison} 250ms",)))
    assert "p99(latency) is 250 ms" in text
    assert text.endswith("a longer run is unlikely to decide it")
